/** Who may do what in the tenant service: every operation for people, as everybody. */
import {
  activateTenant,
  completePasswordReset,
  createSession,
  createUser,
  deleteTenant,
  deleteUser,
  endSessions,
  getTenant,
  getUser,
  listAudit,
  listQuotas,
  listQuotaUses,
  listTenants,
  listUserQuotas,
  listUserQuotaUses,
  listUsers,
  mailActivation,
  registerTenant,
  requestPasswordReset,
  resolveUser,
  setQuota,
  setUserQuota,
  updateTenant,
  updateUser,
  type ListInput,
  type Operation,
} from '@nubo/contracts';
import {
  actorsAround,
  expectedOf,
  probe,
  readers,
  readersWith,
  unclassified,
  verdicts,
  type Actors,
  type Probe,
  type Reach,
} from '@nubo/testing';
import { randomUUID } from 'node:crypto';
import {
  aMember,
  aPerson,
  aRegistration,
  aTenant,
  openStage,
  type Member,
  type Stage,
} from './testing/stage';

jest.setTimeout(60_000);

interface Made {
  actors: Actors;
  tenant: Member;
  /** Of the maker. */
  user: string;
}

const code = { resetId: randomUUID(), code: 'x', password: 'courgettes-and-dill' };

const PROBES: Probe<Made>[] = [
  probe(registerTenant, 'anyone', () => aRegistration()),
  probe(activateTenant, 'anyone', ({ tenant: { tenantId, password } }) => ({ tenantId, password })),
  probe(mailActivation, 'anyone', ({ tenant: { email } }) => ({ email })),
  probe(requestPasswordReset, 'anyone', ({ tenant: { email } }) => ({ email })),
  probe(completePasswordReset, 'anyone', () => code),
  probe(createSession, 'anyone', ({ tenant: { email, password } }) => ({ email, password })),
  probe(endSessions, 'user'),
  probe(listAudit, 'user'),
  probe(listTenants, 'user'),
  probe(getTenant, 'tenant', ({ tenant: { tenantId: id } }) => ({ id })),
  probe(updateTenant, 'owner', ({ tenant: { tenantId: id } }) => ({ id, metadata: {} })),
  probe(deleteTenant, 'owner', ({ tenant: { tenantId: id } }) => ({ id })),
  probe(listQuotas, 'tenant', ({ tenant: { tenantId: id } }) => ({ id })),
  probe(listQuotaUses, 'tenant', ({ tenant: { tenantId: id } }) => ({ id, kind: 'vms' })),
  probe(setQuota, 'admin', ({ tenant: { tenantId } }) => ({ tenantId, kind: 'vms' as const, limit: 5 })),
  probe(listUsers, 'user'),
  probe(createUser, 'newUser', ({ tenant: { tenantId } }) => ({ ...aPerson(), tenantId })),
  probe(createUser, 'admin', () => aPerson({ role: 'admin' }), 'as an administrator'),
  probe(getUser, 'unshared', ({ user: id }) => ({ id })),
  probe(updateUser, 'unshared', ({ user: id }) => ({ id, metadata: {} })),
  probe(updateUser, 'overMember', ({ user: id }) => ({ id, role: 'owner' as const }), 'to raise it'),
  probe(
    updateUser,
    'adminOverMember',
    ({ user: id }) => ({ id, role: 'admin' as const }),
    'to make it an administrator',
  ),
  probe(deleteUser, 'overMember', ({ user: id }) => ({ id })),
  probe(resolveUser, 'user', ({ user }) => ({ user })),
  probe(listUserQuotas, 'unshared', ({ user: id }) => ({ id })),
  probe(listUserQuotaUses, 'unshared', ({ user: id }) => ({ id, kind: 'vms' })),
  probe(setUserQuota, 'overMember', ({ user: userId }) => ({ userId, kind: 'vms' as const, limit: 5 })),
];

describe('who may do what in the tenant service', () => {
  let stage: Stage;
  let made: Made;
  beforeAll(async () => {
    stage = await openStage();
    const tenant = await aTenant(stage);
    const { who } = await aMember(stage, tenant.owner);
    made = { actors: actorsAround(who), tenant, user: who.userId };
  });
  afterAll(() => stage?.stop());

  it('is said for every operation', () => {
    expect(unclassified('tenant', PROBES)).toEqual([]);
  });

  it.each(PROBES.map((each): [string, Probe<Made>] => [`${each.op.subject} ${each.how ?? ''}`, each]))(
    '%s',
    async (_, each) => {
      expect(await verdicts(stage.app, made.actors, each, made)).toEqual(expectedOf(each));
    },
  );

  it.each<[Operation<ListInput, object>, Reach]>([
    [listTenants, 'tenant'],
    [listUsers, 'unshared'],
  ])('lists only what can be seen: $subject', async (list, reach) => {
    const ids = [made.tenant.tenantId, made.user];
    expect(await readers(stage.app, made.actors, list, ids)).toEqual(readersWith(reach));
  });
});
