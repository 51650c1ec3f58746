import {
  forbidden,
  notFound,
  precondition,
  unauthenticated,
  type Principal,
  type RequestContext,
} from '@nubo/contracts';
import type { EntityManager, EntityTarget, SelectQueryBuilder } from 'typeorm';
import { GrantRow, type GrantLevel } from './control.entities';
import type { ResourceEntity } from './resource.entity';

/** Who is asking. Throws `unauthenticated` when nobody is. */
export function principalOf(ctx: RequestContext): Principal {
  if (!ctx.principal) throw unauthenticated('login_required', 'Log in first.');
  return ctx.principal;
}

const isOperator = ({ role }: Principal): boolean => role === 'admin' || role === 'service';
const owns = (who: Principal, row: ResourceEntity): boolean =>
  who.role === 'owner' && row.tenantId !== null && row.tenantId === who.tenantId;

/**
 * Narrows a list to what the caller may see: operators all, owners their tenant's, everybody what was granted to them,
 * and what `orWhere` (SQL over the alias) opens to all. One statement, no second look.
 */
export function limitToVisible<R extends ResourceEntity>(
  query: SelectQueryBuilder<R>,
  ctx: RequestContext,
  orWhere = 'false',
): SelectQueryBuilder<R> {
  const who = principalOf(ctx);
  if (isOperator(who)) return query;
  const granted = `EXISTS (SELECT 1 FROM grants g WHERE g.resource_id = ${query.alias}.id AND g.user_id = :userId)`;
  const own = who.role === 'owner' ? `${query.alias}.tenant_id = :tenantId` : 'false';
  return query.andWhere(`(${own} OR ${granted} OR ${orWhere})`, {
    userId: who.userId,
    tenantId: who.tenantId,
  });
}

export interface AccessOptions<R> {
  noun: string;
  level: GrantLevel;
  /** Open to everybody at level `use`. */
  isOpen?: (row: R) => boolean;
  /** Lock the row until the transaction ends; outside of one nothing is locked. */
  lock?: boolean;
}

/**
 * The row `id` if the caller has `level` on it. Throws `not_found` when it does not exist or the caller may not even
 * see it (the two look the same), `forbidden` when the caller sees it and may not do this.
 */
export async function requireAccess<R extends ResourceEntity>(
  em: EntityManager,
  ctx: RequestContext,
  [entity, id]: [EntityTarget<R>, string],
  { noun, level, isOpen, lock }: AccessOptions<R>,
): Promise<R> {
  const who = principalOf(ctx);
  const query = em.createQueryBuilder(entity, 'r').where('r.id = :id', { id });
  const row = await (
    lock && em.queryRunner?.isTransactionActive ? query.setLock('pessimistic_write') : query
  ).getOne();
  if (!row) throw notFound(noun, id);
  if (isOperator(who) || owns(who, row)) return row;
  const held = await grantOf(em, id, who.userId);
  if (held === 'manage' || (held === 'use' && level === 'use')) return row;
  if (isOpen?.(row) && level === 'use') return row;
  if (held || isOpen?.(row)) throw forbidden('not_yours', `You may use this ${noun}, but not change it.`);
  throw notFound(noun, id);
}

async function grantOf(
  em: EntityManager,
  resourceId: string,
  userId: string,
): Promise<GrantLevel | undefined> {
  return (await em.findOneBy(GrantRow, { resourceId, userId }))?.level;
}

/** Gives a user access; a second grant replaces the first. */
export async function grant(
  em: EntityManager,
  resourceId: string,
  { userId, tenantId }: Pick<Principal, 'userId' | 'tenantId'>,
  level: GrantLevel,
): Promise<void> {
  await em.upsert(GrantRow, { resourceId, userId, tenantId, level }, ['resourceId', 'userId']);
}

/** Takes away all access to a resource that is going, or one user's. */
export async function revokeGrants(em: EntityManager, resourceId: string, userId?: string): Promise<void> {
  await em.delete(GrantRow, userId ? { resourceId, userId } : { resourceId });
}

/** Refuses a write that was made against an older version (If-Match). */
export function assertVersion(ctx: RequestContext, row: ResourceEntity): void {
  if (ctx.ifMatch === undefined || ctx.ifMatch === row.version) return;
  throw precondition(
    'version_mismatch',
    `The version is ${row.version}, not ${ctx.ifMatch}: read it again.`,
    { version: row.version },
  );
}
