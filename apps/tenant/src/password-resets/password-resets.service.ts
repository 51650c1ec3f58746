import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  completePasswordReset,
  requestPasswordReset,
  unprocessable,
  type CompletePasswordReset,
  type MailRequest,
  type MailRequested,
  type Nothing,
  type RequestContext,
} from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { PasswordReset, User } from '../../../../libs/entities/src/tenant';
import { countedAddress, type Counted } from '../credentials/attempts.rules';
import { AttemptsService, countIfAllowed, forgetAddress } from '../credentials/attempts.service';
import { PasswordsService } from '../credentials/passwords.service';
import { passwordChangedMail, passwordResetMail } from '../mails/mails.rules';
import { queueMail } from '../mails/mails.service';
import { MailRequests } from '../mails/mail-requests.service';
import { endSessionsOf } from '../sessions/sessions.reconciler';
import { TenantConfig } from '../tenant.config';
import { codeHashOf, isOpenedBy, newCode, RESET_MS } from './password-resets.rules';

/** A new password for somebody who does not know the old one and reads the mail of the account. */
@Injectable()
export class PasswordResetsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly passwords: PasswordsService,
    private readonly attempts: AttemptsService,
    private readonly requests: MailRequests,
    private readonly config: TenantConfig,
  ) {}

  request(ctx: RequestContext, input: MailRequest): Promise<MailRequested> {
    const asked = { op: requestPasswordReset, input, state: 'active' };
    return this.requests.answer(ctx, asked, (em, user) => this.mail(em, user));
  }

  /** Wrong, used and expired codes are refused alike. */
  async complete(ctx: RequestContext, input: CompletePasswordReset): Promise<Nothing> {
    const { resetId, code, password } = input;
    const counted = triesOf(ctx);
    await this.attempts.assertAllowed(counted);
    const user = await this.intentions.read((em) => openedBy(em, resetId, code));
    if (!user) {
      await this.attempts.count(ctx, counted);
      throw resetFailed();
    }
    await this.passwords.admit(ctx, [{ limit: 'password', of: user.id }]);
    const passwordHash = await this.passwords.hash(password);
    const { id: userId, tenantId, role } = user;
    // Answers that are kept for an Idempotency-Key carry a fast hash of the input: none of a password.
    const asUser = { ...ctx, idempotencyKey: undefined, principal: { userId, tenantId, role } };
    return this.intentions.write(completePasswordReset, asUser, input, async ({ em }) => {
      await this.replace(em, { resetId, code, passwordHash });
      return {};
    });
  }

  private async mail(em: EntityManager, { id: userId, email, tenantId }: User): Promise<void> {
    const [id, code] = [randomUUID(), newCode()];
    const expiresAt = new Date(Date.now() + RESET_MS);
    await em.insert(PasswordReset, { id, userId, codeHash: codeHashOf(code), expiresAt });
    const mail = passwordResetMail({ publicUrl: this.config.publicUrl, id, code });
    await queueMail(em, { tenantId, recipient: email }, mail);
  }

  /** The user's row is locked, so of two that come at once the second finds no code any more. */
  private async replace(
    em: EntityManager,
    { resetId, code, passwordHash }: { resetId: string; code: string; passwordHash: string },
  ): Promise<void> {
    const user = await openedBy(em, resetId, code, true);
    if (!user || user.state !== 'active') throw resetFailed();
    await em.delete(PasswordReset, { userId: user.id });
    Object.assign(user, { passwordHash, mustChangePassword: false, updatedAt: new Date() });
    await em.save(user);
    await endSessionsOf(em, user.id);
    const { emailKey, email: recipient, tenantId } = user;
    await forgetAddress(em, emailKey);
    if (await countIfAllowed(em, { limit: 'notice', of: emailKey }))
      await queueMail(em, { tenantId, recipient }, passwordChangedMail(this.config.publicUrl));
  }
}

const triesOf = ({ address }: RequestContext): Counted[] =>
  address ? [{ limit: 'address', of: countedAddress(address) }] : [];

const resetFailed = (): Error =>
  unprocessable('reset_failed', 'This code is wrong, used or older than an hour: ask for another one.');

async function openedBy(
  em: EntityManager,
  resetId: string,
  code: string,
  lock = false,
): Promise<User | null> {
  const reset = await em.findOneBy(PasswordReset, { id: resetId });
  if (!isOpenedBy(reset, code, Date.now()) || !reset) return null;
  if (!lock) return em.findOneBy(User, { id: reset.userId });
  const user = await em.findOne(User, { where: { id: reset.userId }, lock: { mode: 'pessimistic_write' } });
  return (await em.existsBy(PasswordReset, { id: resetId })) ? user : null;
}
