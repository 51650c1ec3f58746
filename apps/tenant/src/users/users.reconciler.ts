import { Injectable, type OnModuleInit } from '@nestjs/common';
import { userClosing, type UserState } from '@nubo/contracts';
import { Revocations } from '@nubo/messaging';
import { forgetUser, Intentions, type Intention } from '@nubo/persistence';
import { closeUserAccount, removeUserAccount } from '@nubo/quota';
import { gone, settled, wake, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Mail, PasswordReset, User } from '../../../../libs/entities/src/tenant';
import { forgetAddress, forgetAttempts } from '../credentials/attempts.service';
import { finishDeletion, ownContext } from '../deletions/deletions.reconciler';
import { DELETE_DEADLINE_MS, type Left } from '../deletions/deletions.rules';
import { announce, forgetAnswersAbout, leftOf } from '../deletions/deletions.store';
import { endSessionsOf } from '../sessions/sessions.reconciler';

const USER_KIND = 'user';

/** From the commit on the user does not get in and can make nothing; the other services let go of what it made. */
export async function closeUser(intention: Intention, user: User): Promise<void> {
  const { em } = intention;
  Object.assign(user, { state: 'deleting', stateReason: null, updatedAt: new Date() });
  await em.save(user);
  const { id: userId, tenantId } = user;
  await closeUserAccount(em, { userId, tenantId });
  await em.delete(PasswordReset, { userId });
  await endSessionsOf(em, userId);
  await intention.emit(userClosing, { userId, tenantId });
  await wake(em, USER_KIND, userId, { deadlineMs: DELETE_DEADLINE_MS });
}

/** Forgets a deleted user as soon as no service has anything that it made. */
@Injectable()
export class UsersReconciler implements Reconciler, OnModuleInit {
  readonly kind = USER_KIND;

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
    if (!user) return gone();
    const state = user.state as UserState;
    switch (state) {
      case 'active':
      case 'pending':
        return settled();
      case 'deleting':
        return this.finishDelete(user, run);
    }
  }

  async expired(id: string, reason: string): Promise<void> {
    await this.intentions.apply(ownContext(), ({ em }) =>
      em.update(User, { id, state: 'deleting' }, { stateReason: reason }),
    );
  }

  private finishDelete({ id, tenantId, epoch }: User, run: Run): Promise<Outcome> {
    return finishDeletion(run, {
      call: () => this.call(id, tenantId),
      left: () => this.intentions.read((em) => leftOf(em, { userId: id })),
      revokeTokens: () => this.revocations.revoke(id, epoch),
      forget: () => this.forget(id),
    });
  }

  private async call(userId: string, tenantId: string | null): Promise<void> {
    await this.intentions.apply(ownContext(), async (intention) => {
      await closeUserAccount(intention.em, { userId, tenantId });
      await announce(intention, userClosing, { userId, tenantId });
    });
  }

  private forget(userId: string): Promise<Left[]> {
    return this.intentions.apply(ownContext(), async ({ em }) => {
      const user = await locked(em, userId);
      const left = user ? await leftOf(em, { userId }) : [];
      if (!user || left.length > 0) return left;
      await forgetAddress(em, user.emailKey);
      await forgetAttempts(em, [{ limit: 'password', of: userId }]);
      await em.delete(Mail, { recipient: user.email });
      await em.delete(PasswordReset, { userId });
      await em.delete(User, { id: userId });
      await removeUserAccount(em, userId);
      await forgetUser(em, userId);
      await forgetAnswersAbout(em, 'id', userId);
      return left;
    });
  }
}

const locked = (em: EntityManager, id: string): Promise<User | null> =>
  em.findOne(User, { where: { id }, lock: { mode: 'pessimistic_write' } });
