import type { Manager } from '@nubo/contracts';
import { rowsOf, type GrantLevel, type ResourceEntity } from '@nubo/persistence';
import type { Payer } from '@nubo/quota';
import type { EntityManager, EntityTarget } from 'typeorm';

/** Who pays for an instance, which service keeps it, and what the payer may do with it. */
export interface Ownership extends Payer {
  id: string;
  managedBy: Manager | null;
  level: GrantLevel;
}

/** The instance of an id that another service has minted. Two who ask for it at once come one after the other. */
export async function madeBefore<R extends ResourceEntity>(
  em: EntityManager,
  entity: EntityTarget<R>,
  id: string,
): Promise<R | undefined> {
  await em.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [id]);
  return (await rowsOf(em, entity, 'id = $1', [id]))[0];
}
