import { QUOTA_KINDS, type QuotaKind, type QuotaUseView, type QuotaView } from '@nubo/contracts';
import { DEFAULT_USER_LIMITS, type LedgerEntry, type MeteredEntry } from '@nubo/quota';

interface Row {
  kind: QuotaKind;
  used: string;
  limit: string | null;
}

export function toQuotaView({ kind, used, limit }: Row): QuotaView {
  return { kind, used: Number(used), limit: limit === null ? null : Number(limit) };
}

/** All kinds in the order of the contract; without a row nothing is used, and the limit is that of `defaults`, if any. */
export function toQuotaViews(rows: Row[], defaults: Partial<Record<QuotaKind, number>> = {}): QuotaView[] {
  const byKind = new Map(rows.map((row) => [row.kind, toQuotaView(row)]));
  return QUOTA_KINDS.map((kind) => byKind.get(kind) ?? { kind, used: 0, limit: defaults[kind] ?? null });
}

export const toUserQuotaViews = (rows: Row[]): QuotaView[] => toQuotaViews(rows, DEFAULT_USER_LIMITS);

export function toQuotaUseView({ id, kind, amount, userId }: LedgerEntry | MeteredEntry): QuotaUseView {
  return { resourceId: id, kind, amount: Number(amount), userId };
}
