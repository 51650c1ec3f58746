import { QUOTA_KINDS, type QuotaView } from '@nubo/contracts';
import type { QuotaUsage } from '@nubo/quota';

export function toQuotaView({ kind, used, limit }: QuotaUsage): QuotaView {
  return { kind, used: Number(used), limit: Number(limit) };
}

/** In the order of the contract. */
export function toQuotaViews(rows: QuotaUsage[]): QuotaView[] {
  return rows.map(toQuotaView).sort((a, b) => QUOTA_KINDS.indexOf(a.kind) - QUOTA_KINDS.indexOf(b.kind));
}
