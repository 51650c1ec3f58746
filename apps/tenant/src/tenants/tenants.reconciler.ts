import { Injectable, type OnModuleInit } from '@nestjs/common';
import { tenantClosing, type TenantState } from '@nubo/contracts';
import { Revocations } from '@nubo/messaging';
import { Intentions, type Intention } from '@nubo/persistence';
import { closeAccount } from '@nubo/quota';
import {
  gone,
  settled,
  waiting,
  wake,
  Worker,
  type Outcome,
  type Reconciler,
  type Run,
} from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Tenant, User } from '../../../../libs/entities/src/tenant';
import { forgetAddress } from '../credentials/attempts.service';
import { finishDeletion, ownContext } from '../deletions/deletions.reconciler';
import { DELETE_DEADLINE_MS, type Left } from '../deletions/deletions.rules';
import { announce, leftOf } from '../deletions/deletions.store';
import { endSessionsOf } from '../sessions/sessions.reconciler';
import { pendingLeftMs } from './tenants.rules';
import { forgetRows, TENANT_KIND } from './tenants.store';

/** From the commit on nobody of the tenant gets in and nothing can be made in it; the other services let go of theirs. */
export async function closeTenant(intention: Intention, tenant: Tenant): Promise<void> {
  const { em } = intention;
  Object.assign(tenant, { state: 'deleting', updatedAt: new Date() });
  await em.save(tenant);
  await closeAccount(em, tenant.id);
  for (const { id } of await em.findBy(User, { tenantId: tenant.id })) await endSessionsOf(em, id);
  await intention.emit(tenantClosing, { tenantId: tenant.id });
  await wake(em, TENANT_KIND, tenant.id, { deadlineMs: DELETE_DEADLINE_MS });
}

/** Lets pending tenants expire, and forgets a deleted one as soon as no service has anything of it. */
@Injectable()
export class TenantsReconciler implements Reconciler, OnModuleInit {
  readonly kind = TENANT_KIND;

  constructor(
    private readonly worker: Worker,
    private readonly intentions: Intentions,
    private readonly revocations: Revocations,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const tenant = await this.intentions.read((em) => em.findOneBy(Tenant, { id }));
    if (!tenant) return gone();
    const state = tenant.state as TenantState;
    switch (state) {
      case 'active':
        return settled();
      case 'pending':
        return this.expire(tenant, run);
      case 'deleting':
        return this.finishDelete(tenant, run);
    }
  }

  async expired(id: string, reason: string): Promise<void> {
    await this.intentions.apply(ownContext(), ({ em }) =>
      em.update(Tenant, { id, state: 'deleting' }, { stateReason: reason }),
    );
  }

  private async expire({ id, createdAt }: Tenant, run: Run): Promise<Outcome> {
    const leftMs = pendingLeftMs(createdAt, Date.now());
    if (leftMs > 0) return settled(leftMs);
    await run.step('ensure that an unused registration is deleted', () =>
      this.intentions.apply(ownContext(), async (intention) => {
        const tenant = await locked(intention.em, id);
        if (tenant && hasExpired(tenant)) await closeTenant(intention, tenant);
      }),
    );
    return waiting('its deletion', 0);
  }

  private finishDelete({ id }: Tenant, run: Run): Promise<Outcome> {
    return finishDeletion(run, {
      call: () => this.call(id),
      left: () => this.intentions.read((em) => leftOf(em, { tenantId: id })),
      revokeTokens: () => this.revoke(id),
      forget: () => this.forget(id),
    });
  }

  private async call(tenantId: string): Promise<void> {
    await this.intentions.apply(ownContext(), async (intention) => {
      await closeAccount(intention.em, tenantId);
      await announce(intention, tenantClosing, { tenantId });
    });
  }

  private async revoke(tenantId: string): Promise<void> {
    const users = await this.intentions.read((em) => em.findBy(User, { tenantId }));
    for (const { id, epoch } of users) await this.revocations.revoke(id, epoch);
  }

  private forget(tenantId: string): Promise<Left[]> {
    return this.intentions.apply(ownContext(), async ({ em }) => {
      const tenant = await locked(em, tenantId);
      const left = tenant ? await leftOf(em, { tenantId }) : [];
      if (!tenant || left.length > 0) return left;
      for (const { emailKey } of await em.findBy(User, { tenantId })) await forgetAddress(em, emailKey);
      await forgetRows(em, tenantId);
      return left;
    });
  }
}

/** Looked at under the lock: it may have been registered again. */
const hasExpired = ({ state, createdAt }: Tenant): boolean =>
  state === 'pending' && pendingLeftMs(createdAt, Date.now()) === 0;

const locked = (em: EntityManager, id: string): Promise<Tenant | null> =>
  em.findOne(Tenant, { where: { id }, lock: { mode: 'pessimistic_write' } });
