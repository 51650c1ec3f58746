import { setTimeout as pause } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  activateTenant,
  mailActivation,
  registerTenant,
  unprocessable,
  type ActivateTenant,
  type MailRequest,
  type MailRequested,
  type RegisterTenant,
  type RequestContext,
  type TenantRegistered,
  type TenantView,
} from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { openAccount } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Tenant, User } from '../../../../libs/entities/src/tenant';
import { countedAddress, countedTry } from '../credentials/attempts.rules';
import { AttemptsService, countIfAllowed } from '../credentials/attempts.service';
import { PasswordsService } from '../credentials/passwords.service';
import { accountExistsMail, activationMail } from '../mails/mails.rules';
import { MailRequests } from '../mails/mail-requests.service';
import { queueMail } from '../mails/mails.service';
import { emailKeyOf } from '../sessions/sessions.rules';
import { TenantConfig } from '../tenant.config';
import { userNameOf } from '../users/users.rules';
import { toTenantView } from './tenants.mapper';
import { mayBecome } from './tenants.rules';
import { lockAddress, TENANT_KIND } from './tenants.store';

interface Registration {
  name: string;
  email: string;
  emailKey: string;
  passwordHash: string;
}

/** A new account takes longer to write than a mail to an old one: nobody is answered before both are done. */
export const ANSWER_MS = 300;

/** How a tenant comes to be: registered by anybody, activated by whoever reads the mail and knows the password. */
@Injectable()
export class RegistrationsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly passwords: PasswordsService,
    private readonly attempts: AttemptsService,
    private readonly config: TenantConfig,
    private readonly mails: MailRequests,
  ) {}

  /** Does the same work and gives the same answer, whether the address is known or not. */
  async register(ctx: RequestContext, input: RegisterTenant): Promise<TenantRegistered> {
    const [registered] = await Promise.all([this.registered(ctx, input), pause(ANSWER_MS)]);
    return registered;
  }

  private async registered(ctx: RequestContext, input: RegisterTenant): Promise<TenantRegistered> {
    const { name, email, password } = input;
    if (ctx.address)
      await this.attempts.count(ctx, [{ limit: 'registration', of: countedAddress(ctx.address) }]);
    const passwordHash = await this.passwords.hash(password);
    const registration = { name, email, emailKey: emailKeyOf(email), passwordHash };
    return this.intentions.write(registerTenant, withoutKey(ctx), input, async ({ em }) => {
      await this.accept(em, registration);
      return { email, state: 'pending', message: 'A mail to this address says how it goes on.' };
    });
  }

  /** The UUID once more, for a registration that nobody has activated; says the same of every address. */
  mailAgain(ctx: RequestContext, input: MailRequest): Promise<MailRequested> {
    const asked = { op: mailActivation, input, state: 'pending' };
    return this.mails.answer(ctx, asked, async (em, { tenantId, email }) => {
      const tenant = tenantId && (await em.findOneBy(Tenant, { id: tenantId, state: 'pending' }));
      if (!tenant) return;
      await em.update(Tenant, { id: tenantId, state: 'pending' }, begunNow());
      const { publicUrl } = this.config;
      const mail = activationMail({ publicUrl, tenantId, name: tenant.name, again: false });
      await queueMail(em, { tenantId, recipient: email }, mail);
    });
  }

  /** Both must be right; which of them is wrong is not told. A tenant that is active already stays so. */
  async activate(ctx: RequestContext, input: ActivateTenant): Promise<TenantView> {
    const { tenantId, password } = input;
    const owner = await this.intentions.read((em) =>
      em.findOne(User, { where: { tenantId, role: 'owner' }, order: { createdAt: 'ASC' } }),
    );
    const counted = countedTry('tenant', tenantId.toLowerCase(), ctx.address);
    if (!(await this.passwords.check(ctx, counted, [owner?.passwordHash, password])))
      throw activationFailed();
    return this.intentions.write(activateTenant, withoutKey(ctx), input, async ({ em }) => {
      const tenant = await em.findOne(Tenant, {
        where: { id: tenantId },
        lock: { mode: 'pessimistic_write' },
      });
      if (!tenant || tenant.state === 'deleting') throw activationFailed();
      if (mayBecome(tenant.state, 'active')) await open(em, tenant);
      return toTenantView(tenant);
    });
  }

  private async accept(em: EntityManager, registration: Registration): Promise<void> {
    const { emailKey, email: recipient } = registration;
    await lockAddress(em, emailKey);
    const known = await em.findOneBy(User, { emailKey });
    const mayMail = await countIfAllowed(em, { limit: 'mail', of: emailKey });
    const { publicUrl } = this.config;
    if (known && known.state !== 'pending') {
      const to = { tenantId: known.tenantId, recipient: known.email };
      if (mayMail) await queueMail(em, to, accountExistsMail(publicUrl));
      return;
    }
    const tenantId = known?.tenantId ?? randomUUID();
    await (known ? replacePending(em, known, registration) : makePending(em, tenantId, registration));
    const mail = activationMail({ publicUrl, tenantId, name: registration.name, again: Boolean(known) });
    if (mayMail) await queueMail(em, { tenantId, recipient }, mail);
  }
}

/** Answers that are kept for an Idempotency-Key carry a fast hash of the input: none of a password. */
const withoutKey = (ctx: RequestContext): RequestContext => ({ ...ctx, idempotencyKey: undefined });

const activationFailed = (): Error =>
  unprocessable('activation_failed', 'The UUID or the password is wrong; both are needed.');

async function makePending(em: EntityManager, tenantId: string, registration: Registration): Promise<void> {
  const { name, email, emailKey, passwordHash } = registration;
  const userId = randomUUID();
  await em.insert(Tenant, { id: tenantId, name, tenantId, userId, state: 'pending' });
  await em.insert(User, {
    ...{ id: userId, name: userNameOf(email), tenantId, userId, state: 'pending' },
    ...{ email, emailKey, passwordHash, role: 'owner' },
  });
  await openAccount(em, tenantId);
  await wake(em, TENANT_KIND, tenantId);
}

/** Nobody can keep somebody else's address by registering it first: the last registration counts, also for how long. */
async function replacePending(
  em: EntityManager,
  { id, tenantId }: User,
  { name, email, passwordHash }: Registration,
): Promise<void> {
  await em.update(User, { id }, { email, passwordHash, updatedAt: new Date() });
  await em.update(Tenant, { id: tenantId ?? '' }, { name, ...begunNow() });
}

/** It expires a week after it was last asked for. */
const begunNow = (): Pick<Tenant, 'createdAt' | 'updatedAt'> => {
  const now = new Date();
  return { createdAt: now, updatedAt: now };
};

async function open(em: EntityManager, tenant: Tenant): Promise<void> {
  Object.assign(tenant, { state: 'active', updatedAt: new Date() });
  await em.save(tenant);
  await em.update(User, { tenantId: tenant.id }, { state: 'active', updatedAt: new Date() });
}
