/** Which resources a quota goes to: those that reserved of it, or those that use it up. */
import {
  METERED_KINDS,
  type ListQuotaUses,
  type Page,
  type QuotaKind,
  type QuotaUseView,
} from '@nubo/contracts';
import { pageOfQuery } from '@nubo/persistence';
import { LedgerEntry, MeteredEntry } from '@nubo/quota';
import type { EntityManager } from 'typeorm';
import { toQuotaUseView } from './quotas.mapper';

/** Of a tenant, of a user, or what a user has of its tenant's. */
export type UsesOf = { tenantId: string; userId?: string } | { userId: string };

const metered: readonly QuotaKind[] = METERED_KINDS;
const unfiltered = (): [] => [];

/** What has been used up by resources that are gone is in no list. */
export function quotaUses(
  em: EntityManager,
  whose: UsesOf,
  { kind, id: _, ...paging }: ListQuotaUses,
): Promise<Page<QuotaUseView>> {
  const entries = em.createQueryBuilder<LedgerEntry | MeteredEntry>(
    metered.includes(kind) ? MeteredEntry : LedgerEntry,
    'use',
  );
  return pageOfQuery(entries.where({ ...whose, kind }), paging, toQuotaUseView, unfiltered);
}
