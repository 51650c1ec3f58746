import {
  forbidden,
  conflict,
  notFound,
  precondition,
  unauthenticated,
  type Principal,
  type RequestContext,
} from '@nubo/contracts';
import type { EntityManager, EntityTarget, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { GrantRow, type GrantLevel } from './control.entities';
import type { ResourceEntity } from './resource.entity';
import { rowById, rowsOf, rowWith, type Below } from './rows';

/** Who is asking. Throws `unauthenticated` when nobody is. */
export function principalOf(ctx: RequestContext): Principal {
  if (!ctx.principal) throw unauthenticated('login_required', 'Log in first.');
  return ctx.principal;
}

const isOperator = ({ role }: Principal): boolean => role === 'admin' || role === 'service';
const owns = (who: Principal, row: ResourceEntity): boolean =>
  who.role === 'owner' && row.tenantId !== null && row.tenantId === who.tenantId;

/** What a row is inside of: who has access to that has the same access to the row. `key` holds its id, or null. */
export interface Within<R extends ResourceEntity> {
  entity: EntityTarget<ResourceEntity>;
  key: keyof R & string;
}

/**
 * Narrows a list to what the caller may see: operators all, owners their tenant's, everybody what was granted to them,
 * what is `within` something that is open to them so, and what `orWhere` (SQL over the alias) opens to all. One
 * statement, no second look.
 */
export function limitToVisible<R extends ResourceEntity>(
  query: SelectQueryBuilder<R>,
  ctx: RequestContext,
  orWhere?: string,
  within?: Within<R>,
): SelectQueryBuilder<R> {
  const who = principalOf(ctx);
  if (isOperator(who)) return query;
  const { alias, expressionMap } = query;
  const table = expressionMap.mainAlias?.metadata.tablePath ?? alias;
  const ways = waysTo(alias, who, table);
  if (within) ways.push(waysThrough(query, within, who));
  if (orWhere) ways.push(orWhere);
  const { userId, tenantId } = who;
  return query.andWhere(`(${ways.join(' OR ')})`, { userId, tenantId });
}

/** SQL over `alias`, once per way to see a row. */
function waysTo(alias: string, { role }: Principal, table: string): string[] {
  const granted = 'SELECT g.resource_id FROM grants g WHERE g.user_id = :userId';
  if (role !== 'owner') return [`${alias}.id IN (${granted})`];
  // An array, because Postgres reads only that from an index on either side of OR; short, because it is searched by row.
  const own = `SELECT 1 FROM ${table} own WHERE own.id = g.resource_id AND own.tenant_id = :tenantId`;
  return [`${alias}.tenant_id = :tenantId`, `${alias}.id = ANY(ARRAY(${granted} AND NOT EXISTS (${own})))`];
}

function waysThrough<R extends ResourceEntity>(
  { alias, connection }: SelectQueryBuilder<R>,
  { entity, key }: Within<R>,
  who: Principal,
): string {
  const { tablePath } = connection.getMetadata(entity);
  return `${alias}.${key} IN (SELECT c.id FROM ${tablePath} c WHERE ${waysTo('c', who, tablePath).join(' OR ')})`;
}

export interface AccessOptions<R extends ResourceEntity> {
  noun: string;
  level: GrantLevel;
  /** Open to everybody at level `use`. */
  isOpen?: (row: R) => boolean;
  within?: Within<R>;
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
  options: AccessOptions<R>,
): Promise<R> {
  const who = principalOf(ctx);
  const isLocked = options.lock && em.queryRunner?.isTransactionActive;
  const row = isLocked
    ? (await rowsOf(em, entity, 'id = $1 FOR UPDATE', [id]))[0]
    : await rowById(em, entity, id);
  if (!row || !(await isAdmitted(em, who, row, options))) throw notFound(options.noun, id);
  return row;
}

/** The same with the rows `below` it, from one statement; nothing is locked. */
export async function requireAccessWith<R extends ResourceEntity, B extends ObjectLiteral>(
  em: EntityManager,
  ctx: RequestContext,
  [entity, id, below]: [EntityTarget<R>, string, Below<B>],
  options: Omit<AccessOptions<R>, 'lock'>,
): Promise<[R, B[]]> {
  const who = principalOf(ctx);
  const found = await rowWith(em, [entity, id], below);
  if (!found || !(await isAdmitted(em, who, found[0], options))) throw notFound(options.noun, id);
  return found;
}

/** Whether the caller may see the row. Throws `forbidden` when it may do no more than that. */
async function isAdmitted<R extends ResourceEntity>(
  em: EntityManager,
  who: Principal,
  row: R,
  { noun, level, isOpen, within }: AccessOptions<R>,
): Promise<boolean> {
  const held = (await levelOf(em, who, row, within)) ?? (isOpen?.(row) ? 'use' : undefined);
  if (!held) return false;
  if (held === 'manage' || level === 'use') return true;
  throw forbidden('not_yours', `You may use this ${noun}, but not change it.`);
}

/** The higher of what the caller has on the row and on what it is within. */
async function levelOf<R extends ResourceEntity>(
  em: EntityManager,
  who: Principal,
  row: R,
  within?: Within<R>,
): Promise<GrantLevel | undefined> {
  if (isOperator(who) || owns(who, row)) return 'manage';
  const { userId } = who;
  const own = (await rowsOf(em, GrantRow, 'resource_id = $1 AND user_id = $2', [row.id, userId]))[0]?.level;
  const id = within && row[within.key];
  if (own === 'manage' || !within || typeof id !== 'string') return own;
  const around = await rowById(em, within.entity, id);
  const through = around ? await levelOf(em, who, around) : undefined;
  return through === 'manage' ? through : (own ?? through);
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

/** Throws `conflict` for what another service keeps: a change here would only be undone there. */
export function assertUnmanaged(row: ResourceEntity & { managedBy: string | null }, noun: string): void {
  if (row.managedBy === null) return;
  const message = `The ${noun} ${row.name} is kept by the ${row.managedBy} service: change or delete what it belongs to there.`;
  throw conflict('managed', message, { managedBy: row.managedBy });
}
