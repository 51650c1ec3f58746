import type { EventType } from '@nubo/contracts';
import { IdempotencyRow, OutboxRow, type Intention } from '@nubo/persistence';
import { LedgerEntry } from '@nubo/quota';
import type { EntityManager, FindOptionsWhere } from 'typeorm';
import type { Left } from './deletions.rules';

/** What the ledger still holds of a tenant or of a user, by kind. */
export async function leftOf(em: EntityManager, whose: FindOptionsWhere<LedgerEntry>): Promise<Left[]> {
  const counted: { kind: Left['kind']; resources: string }[] = await em
    .createQueryBuilder(LedgerEntry, 'l')
    .select('l.kind', 'kind')
    .addSelect('count(*)', 'resources')
    .where(whose)
    .groupBy('l.kind')
    .orderBy('l.kind')
    .getRawMany();
  return counted.map(({ kind, resources }) => ({ kind, resources: Number(resources) }));
}

/** Says it again, unless it was not even published the last time. */
export async function announce<P extends object>(
  intention: Intention,
  type: EventType<P>,
  payload: P,
): Promise<void> {
  const unsent = intention.em
    .createQueryBuilder(OutboxRow, 'o')
    .where('o.subject = :subject', { subject: type.subject })
    .andWhere('o.payload = CAST(:payload AS jsonb)', { payload: JSON.stringify(payload) });
  if (!(await unsent.getExists())) await intention.emit(type, payload);
}

/** Answers that were given to others hold it too. `field` is that of the answer which names it. */
export async function forgetAnswersAbout(
  em: EntityManager,
  field: 'id' | 'tenantId',
  id: string,
): Promise<void> {
  const about = em.createQueryBuilder().delete().from(IdempotencyRow);
  await about.where('answer ->> CAST(:field AS text) = :id', { field, id }).execute();
}
