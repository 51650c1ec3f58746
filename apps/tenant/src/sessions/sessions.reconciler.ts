import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Revocations } from '@nubo/messaging';
import { Intentions } from '@nubo/persistence';
import { gone, wake, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { User } from '../../../../libs/entities/src/tenant';

const REVOCATION_KIND = 'revocation';

/** Ends all sessions of a user, in the transaction that has a reason to; gateways hear of it after commit. */
export async function endSessionsOf(em: EntityManager, userId: string): Promise<void> {
  await em.increment(User, { id: userId }, 'epoch', 1);
  await wake(em, REVOCATION_KIND, userId);
}

/** Tells the gateways from which epoch on a user's tokens count, also when the bus was away. */
@Injectable()
export class SessionsReconciler implements Reconciler, OnModuleInit {
  readonly kind = REVOCATION_KIND;

  constructor(
    private readonly worker: Worker,
    private readonly intentions: Intentions,
    private readonly revocations: Revocations,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const user = await this.intentions.read((em) => em.findOneBy(User, { id }));
    if (user)
      await run.step('ensure that old tokens are revoked', () => this.revocations.revoke(id, user.epoch));
    return gone();
  }
}
