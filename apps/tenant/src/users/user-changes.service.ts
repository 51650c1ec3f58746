import { Injectable } from '@nestjs/common';
import {
  conflict,
  forbidden,
  updateUser,
  type Principal,
  type RequestContext,
  type UpdateUser,
  type UserRole,
  type UserView,
} from '@nubo/contracts';
import { assertVersion, Intentions, principalOf, writtenByUser } from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { PasswordReset, User } from '../../../../libs/entities/src/tenant';
import { countedLogin, type Counted } from '../credentials/attempts.rules';
import { countIfAllowed, mayMailStranger } from '../credentials/attempts.service';
import { PasswordsService } from '../credentials/passwords.service';
import { addressChangedMail } from '../mails/mails.rules';
import { queueMail } from '../mails/mails.service';
import { endSessionsOf } from '../sessions/sessions.reconciler';
import { emailKeyOf } from '../sessions/sessions.rules';
import { TenantConfig } from '../tenant.config';
import { clearAddress } from '../tenants/tenants.store';
import { TakenAddresses } from './taken-addresses.service';
import { toUserView } from './users.mapper';
import { currentPasswordMissing, passwordUnchanged, roleRefusal } from './users.rules';
import { assertNotLast, changeableUser } from './users.store';

/** A new password, checked against the hash that was there then. */
interface PasswordChange {
  from: string;
  to: string;
}

/** What the user itself, an owner of its tenant or an administrator changes on a user. */
@Injectable()
export class UserChanges {
  constructor(
    private readonly intentions: Intentions,
    private readonly passwords: PasswordsService,
    private readonly taken: TakenAddresses,
    private readonly config: TenantConfig,
  ) {}

  async update(ctx: RequestContext, input: UpdateUser): Promise<UserView> {
    const change = await this.passwordChange(ctx, input);
    // What is kept for an Idempotency-Key holds a fast hash of the input: none of a password.
    const hasPassword = input.password !== undefined || input.currentPassword !== undefined;
    const kept = hasPassword ? { ...ctx, idempotencyKey: undefined } : ctx;
    const write = (): Promise<UserView> =>
      this.intentions.write(updateUser, kept, input, ({ em }) => this.apply(em, ctx, { input, change }));
    return input.email === undefined ? write() : this.taken.guard(ctx, write);
  }

  private async apply(
    em: EntityManager,
    ctx: RequestContext,
    { input, change }: { input: UpdateUser; change?: PasswordChange },
  ): Promise<UserView> {
    const user = await changeableUser(em, ctx, input.id, true);
    assertVersion(ctx, user);
    if (user.state === 'deleting') throw conflict('user_closing', 'This user is being deleted.');
    const roleChanged = await giveRole(em, ctx, { user, role: input.role });
    writtenByUser(user, input);
    if (input.email !== undefined) await this.giveAddress(em, user, input.email);
    if (change) replacePassword(user, change);
    await em.save(user);
    if (change) await em.delete(PasswordReset, { userId: user.id });
    if (change || roleChanged) await endSessionsOf(em, user.id);
    return toUserView(user);
  }

  /** Both addresses are told; codes that were mailed to the old one are void. */
  private async giveAddress(em: EntityManager, user: User, email: string): Promise<void> {
    if (email === user.email) return;
    const [from, { tenantId }] = [user.email, user];
    await clearAddress(em, emailKeyOf(email));
    Object.assign(user, { email, emailKey: emailKeyOf(email) });
    await em.delete(PasswordReset, { userId: user.id });
    const mail = addressChangedMail(this.config.publicUrl);
    if (await countIfAllowed(em, { limit: 'notice', of: emailKeyOf(from) }))
      await queueMail(em, { tenantId, recipient: from }, mail);
    if (await mayMailStranger(em, tenantId, user.emailKey))
      await queueMail(em, { tenantId, recipient: email }, mail);
  }

  /** Hashing takes its time, so it is done before the transaction. */
  private async passwordChange(ctx: RequestContext, input: UpdateUser): Promise<PasswordChange | undefined> {
    const { id, password, email, currentPassword } = input;
    if (password === undefined && email === undefined) return undefined;
    const user = await this.intentions.read((em) => changeableUser(em, ctx, id));
    const changes = password !== undefined || email !== user.email;
    if (changes) await this.passwords.admit(ctx, countedChange(principalOf(ctx), id));
    if (changes && principalOf(ctx).userId === id) await this.assertCurrent(ctx, user, currentPassword);
    if (password === undefined) return undefined;
    if (await this.passwords.matches(user.passwordHash, password)) throw passwordUnchanged();
    return { from: user.passwordHash, to: await this.passwords.hash(password) };
  }

  private async assertCurrent(ctx: RequestContext, user: User, current?: string): Promise<void> {
    if (current === undefined) throw currentPasswordMissing();
    const counted = countedLogin(user.emailKey, ctx.address);
    const right = await this.passwords.check(ctx, counted, [user.passwordHash, current]);
    if (!right) throw forbidden('wrong_password', 'The current password is wrong.');
  }
}

/** What one user is given, and all that an owner gives or a member takes: operators are not counted for a tenant. */
const countedChange = ({ tenantId }: Principal, userId: string): Counted[] => [
  { limit: 'password', of: userId },
  ...(tenantId === null ? [] : [{ limit: 'passwords', of: tenantId } as const]),
];

/** Whether the role is another one now; tokens that name the old one are to be revoked then. */
async function giveRole(
  em: EntityManager,
  ctx: RequestContext,
  { user, role }: { user: User; role?: UserRole },
): Promise<boolean> {
  if (role === undefined || role === user.role) return false;
  const refusal = roleRefusal(principalOf(ctx), user, role);
  if (refusal) throw refusal;
  await assertNotLast(em, user);
  user.role = role;
  return true;
}

function replacePassword(user: User, { from, to }: PasswordChange): void {
  if (user.passwordHash !== from)
    throw conflict('password_changed', 'The password was changed at the same time; log in again.');
  user.passwordHash = to;
  user.mustChangePassword = false;
}
