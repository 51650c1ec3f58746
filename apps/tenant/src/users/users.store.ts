import { conflict, type RequestContext } from '@nubo/contracts';
import { principalOf, requireAccess } from '@nubo/persistence';
import { Not, type EntityManager } from 'typeorm';
import { Tenant, User } from '../../../../libs/entities/src/tenant';

/** The user `id` for the user itself, for the owner of its tenant and for administrators; not there for others. */
export async function changeableUser(
  em: EntityManager,
  ctx: RequestContext,
  id: string,
  lock = false,
): Promise<User> {
  const isOpen = isSelf(ctx);
  const level = principalOf(ctx).userId === id ? 'use' : 'manage';
  return requireAccess(em, ctx, [User, id], { noun: 'user', level, isOpen, lock });
}

/** The user `id`, locked, for the owner of its tenant and for administrators; members see themselves and may not. */
export function removableUser(em: EntityManager, ctx: RequestContext, id: string): Promise<User> {
  const isOpen = isSelf(ctx);
  return requireAccess(em, ctx, [User, id], { noun: 'user', level: 'manage', isOpen, lock: true });
}

const isSelf =
  (ctx: RequestContext) =>
  (user: User): boolean =>
    user.id === principalOf(ctx).userId;

/** Refuses when `user` is the last who can run the tenant, or the platform; those who ask at once come one by one. */
export async function assertNotLast(em: EntityManager, { id, tenantId, role }: User): Promise<void> {
  if (role === 'member') return;
  await lockTogether(em, tenantId);
  const others = { id: Not(id), state: 'active' };
  if (role === 'admin' && !(await em.existsBy(User, { ...others, role })))
    throw conflict('last_admin', 'This is the last administrator: add another one first.');
  if (role === 'owner' && !(await em.existsBy(User, { ...others, role, tenantId: tenantId ?? '' })))
    throw conflict('last_owner', 'This is the last owner of its tenant: make another one first.');
}

async function lockTogether(em: EntityManager, tenantId: string | null): Promise<void> {
  if (tenantId === null) await em.query("SELECT pg_advisory_xact_lock(hashtext('nubo-last-admin'))");
  else await em.findOne(Tenant, { where: { id: tenantId }, lock: { mode: 'pessimistic_write' } });
}
