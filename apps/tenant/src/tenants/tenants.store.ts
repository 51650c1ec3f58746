import { forgetTenant } from '@nubo/persistence';
import { removeAccount } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Mail, PasswordReset, Tenant, User } from '../../../../libs/entities/src/tenant';
import { forgetAttempts } from '../credentials/attempts.service';
import { forgetAnswersAbout, leftOf } from '../deletions/deletions.store';

export const TENANT_KIND = 'tenant';

/** Until the end of the transaction nobody else gives this address to anybody. */
export async function lockAddress(em: EntityManager, emailKey: string): Promise<void> {
  await em.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`tenant.users:${emailKey}`]);
}

/**
 * Forgets a registration with this address that nobody has activated, before somebody who is known is given the address:
 * else anybody could keep it from them. What was mailed to the address still counts.
 */
export async function clearAddress(em: EntityManager, emailKey: string): Promise<void> {
  await lockAddress(em, emailKey);
  const tenantId = (await em.findOneBy(User, { emailKey, state: 'pending' }))?.tenantId;
  if (!tenantId) return;
  const where = { id: tenantId, state: 'pending' };
  const pending = await em.findOne(Tenant, { where, lock: { mode: 'pessimistic_write' } });
  if (!pending || (await leftOf(em, { tenantId })).length > 0) return;
  await forgetRows(em, tenantId);
  await wake(em, TENANT_KIND, tenantId);
}

/** Deletes a tenant of which no service has anything left, with its users and all that tells of them. */
export async function forgetRows(em: EntityManager, tenantId: string): Promise<void> {
  await forgetAttempts(em, [
    { limit: 'tenant', of: tenantId },
    { limit: 'strangers', of: tenantId },
    { limit: 'passwords', of: tenantId },
    { limit: 'lookup', of: tenantId },
  ]);
  for (const { id } of await em.findBy(User, { tenantId })) {
    await forgetAttempts(em, [{ limit: 'password', of: id }]);
    await em.delete(PasswordReset, { userId: id });
  }
  await em.delete(Mail, { tenantId });
  await em.delete(User, { tenantId });
  await em.delete(Tenant, { id: tenantId });
  await removeAccount(em, tenantId);
  await forgetTenant(em, tenantId);
  await forgetAnswersAbout(em, 'tenantId', tenantId);
}
