import { QUOTA_KINDS, type QuotaKind, type QuotaUseView, type QuotaView } from '@nubo/contracts';
import type { LedgerEntry, MeteredEntry } from '@nubo/quota';

interface Row {
  kind: QuotaKind;
  used: string;
  limit: string | null;
}

export function toQuotaView({ kind, used, limit }: Row): QuotaView {
  return { kind, used: Number(used), limit: limit === null ? null : Number(limit) };
}

/** All kinds in the order of the contract; without a row nothing is used and nothing limited. */
export function toQuotaViews(rows: Row[]): QuotaView[] {
  const byKind = new Map(rows.map((row) => [row.kind, row]));
  return QUOTA_KINDS.map((kind) => toQuotaView(byKind.get(kind) ?? { kind, used: '0', limit: null }));
}

export function toQuotaUseView({ id, kind, amount, userId }: LedgerEntry | MeteredEntry): QuotaUseView {
  return { resourceId: id, kind, amount: Number(amount), userId };
}
