import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  conflict,
  createUser,
  notFound,
  type CreateUser,
  type Principal,
  type RequestContext,
  type UserView,
} from '@nubo/contracts';
import { Intentions, principalOf } from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { Tenant, User } from '../../../../libs/entities/src/tenant';
import type { Counted } from '../credentials/attempts.rules';
import { mayMailStranger } from '../credentials/attempts.service';
import { PasswordsService } from '../credentials/passwords.service';
import { userAddedMail } from '../mails/mails.rules';
import { queueMail } from '../mails/mails.service';
import { emailKeyOf } from '../sessions/sessions.rules';
import { TenantConfig } from '../tenant.config';
import { clearAddress } from '../tenants/tenants.store';
import { TakenAddresses } from './taken-addresses.service';
import { toUserView } from './users.mapper';
import { placeOf, userNameOf, type Place } from './users.rules';

/** How people come into a tenant, besides the one who registered it, and administrators to the platform. */
@Injectable()
export class UserAdditions {
  constructor(
    private readonly intentions: Intentions,
    private readonly passwords: PasswordsService,
    private readonly taken: TakenAddresses,
    private readonly config: TenantConfig,
  ) {}

  async create(ctx: RequestContext, input: CreateUser): Promise<UserView> {
    const place = placeOf(principalOf(ctx), input);
    await this.passwords.admit(ctx, countedAddition(principalOf(ctx)));
    const passwordHash = await this.passwords.hash(input.password);
    // What is kept for an Idempotency-Key holds a fast hash of the input: none of a password.
    const kept = { ...input, password: undefined };
    const user = { ...newUser(input, place), passwordHash };
    return this.taken.guard(ctx, () =>
      this.intentions.write(createUser, ctx, kept as unknown as CreateUser, ({ em }) => this.add(em, user)),
    );
  }

  private async add(em: EntityManager, wanted: Partial<User>): Promise<UserView> {
    const tenant = wanted.tenantId ? await openTenant(em, wanted.tenantId) : null;
    const user = em.create(User, wanted);
    const { email: recipient, emailKey, tenantId } = user;
    await clearAddress(em, emailKey);
    await em.insert(User, user);
    if (await mayMailStranger(em, tenantId, emailKey)) {
      const mail = userAddedMail(this.config.publicUrl, tenant?.name);
      await queueMail(em, { tenantId, recipient }, mail);
    }
    return toUserView(user);
  }
}

/** Operators may move in whom they like. */
const countedAddition = ({ role, tenantId }: Principal): Counted[] =>
  role === 'owner' && tenantId !== null ? [{ limit: 'passwords', of: tenantId }] : [];

/** Field by field: what a request holds besides is not for it to say. */
function newUser({ email, name, metadata }: CreateUser, { tenantId, role }: Place): Partial<User> {
  const id = randomUUID();
  return {
    ...{ id, userId: id, tenantId, role, state: 'active', stateReason: null },
    ...{ name: name ?? userNameOf(email), email, emailKey: emailKeyOf(email) },
    metadata: metadata ?? {},
  };
}

/** The lock lets a deletion of the tenant see all its users. */
async function openTenant(em: EntityManager, id: string): Promise<Tenant> {
  const tenant = await em.findOne(Tenant, { where: { id }, lock: { mode: 'pessimistic_write' } });
  if (!tenant) throw notFound('tenant', id);
  if (tenant.state !== 'active')
    throw conflict('tenant_not_active', `A tenant that is ${tenant.state} takes no users.`);
  return tenant;
}
