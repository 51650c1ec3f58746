import { randomUUID } from 'node:crypto';
import {
  activateTenant,
  completePasswordReset,
  createSession,
  createUser,
  deleteTenant,
  deleteUser,
  endSessions,
  findUser,
  getPrincipal,
  getTenant,
  getUser,
  listAudit,
  listQuotas,
  listQuotaUses,
  listUserQuotas,
  listUserQuotaUses,
  nameUsers,
  listTenants,
  listUsers,
  mailActivation,
  noteRefusal,
  operationsOf,
  registerTenant,
  requestPasswordReset,
  resolveUser,
  setQuota,
  setUserQuota,
  updateTenant,
  updateUser,
  type NuboError,
  type Operation,
  type Principal,
} from '@nubo/contracts';
import { contextOf, someone } from '@nubo/testing';
import { aPerson, aRegistration, aTenant, openStage, type Member, type Stage } from './testing/stage';

jest.setTimeout(60_000);

const ACTORS = ['nobody', 'stranger', 'member', 'owner', 'admin'] as const;
type Actor = (typeof ACTORS)[number];
/** `ok`, or the kind of the refusal. */
type Expected = Record<Actor, string>;

interface Case {
  op: Operation<object, object>;
  input: (tenant: Member) => object;
  expected: Expected;
  /** Inputs that are refused whoever sends them. */
  bad: object[];
  /** The input uses its tenant up: a new one for each actor. */
  once?: boolean;
}

const open: Expected = { nobody: 'ok', stranger: 'ok', member: 'ok', owner: 'ok', admin: 'ok' };
const known: Expected = { ...open, nobody: 'unauthenticated' };
const ofTenant: Expected = { ...known, stranger: 'not_found' };
const ofOwner: Expected = { ...ofTenant, member: 'forbidden' };
const badIds = [{}, { id: 'x' }, { id: 7 }];
const badPages = [{ limit: 0 }, { limit: '5' }, { after: 7 }, { query: 'x' }];

const CASES: Case[] = [
  {
    op: registerTenant,
    input: () => aRegistration(),
    expected: open,
    bad: [
      {},
      aRegistration({ name: 'Blue Lab' }),
      aRegistration({ email: 'ada' }),
      aRegistration({ password: 'short' }),
      { ...aRegistration(), role: 'admin' },
    ],
  },
  {
    op: activateTenant,
    input: ({ tenantId, password }) => ({ tenantId, password }),
    expected: open,
    bad: [{}, { tenantId: 'x', password: 'x' }, { tenantId: randomUUID() }],
  },
  {
    op: mailActivation,
    input: ({ email }) => ({ email }),
    expected: open,
    bad: [{}, { email: 7 }, { email: '' }, { email: 'a@b.test', tenantId: randomUUID() }],
  },
  {
    op: requestPasswordReset,
    input: ({ email }) => ({ email }),
    expected: open,
    bad: [{}, { email: 7 }, { email: '' }, { email: 'a@b.test', userId: randomUUID() }],
  },
  {
    op: completePasswordReset,
    input: () => ({ resetId: randomUUID(), code: 'x', password: 'courgettes-and-dill' }),
    expected: {
      nobody: 'unprocessable',
      stranger: 'unprocessable',
      member: 'unprocessable',
      owner: 'unprocessable',
      admin: 'unprocessable',
    },
    bad: [
      {},
      { resetId: 'x', code: 'x', password: 'courgettes-and-dill' },
      { resetId: randomUUID(), code: '', password: 'courgettes-and-dill' },
      { resetId: randomUUID(), code: 'x', password: 'short' },
      { resetId: randomUUID(), code: 'x', password: 'courgettes-and-dill', userId: randomUUID() },
    ],
  },
  { op: listAudit, input: () => ({}), expected: known, bad: [{ limit: 0 }, { after: 7 }, { after: 'eA' }] },
  {
    op: noteRefusal,
    input: ({ userId: resourceId }) => ({ action: 'compute.vms.delete', code: 'admin_only', resourceId }),
    expected: open,
    bad: [
      {},
      { action: 'compute.vms.delete' },
      { action: '', code: 'admin_only' },
      { action: 'x'.repeat(101), code: 'admin_only' },
      { action: 'compute.vms.delete', code: 'admin_only', resourceId: 'x' },
      { action: 'compute.vms.delete', code: 'admin_only', result: 'done' },
    ],
  },
  { op: listTenants, input: () => ({}), expected: known, bad: badPages },
  { op: getTenant, input: ({ tenantId: id }) => ({ id }), expected: ofTenant, bad: badIds },
  {
    op: updateTenant,
    input: ({ tenantId: id }) => ({ id, metadata: { team: 'blue' } }),
    expected: ofOwner,
    bad: [...badIds, { id: randomUUID(), metadata: { team: 7 } }, { id: randomUUID(), state: 'active' }],
  },
  { op: deleteTenant, input: ({ tenantId: id }) => ({ id }), expected: ofOwner, bad: badIds, once: true },
  {
    op: createUser,
    input: ({ tenantId }) => ({ ...aPerson(), tenantId }),
    expected: { ...ofTenant, member: 'forbidden' },
    bad: [
      {},
      aPerson(),
      { ...aPerson(), tenantId: randomUUID(), role: 'service' },
      { ...aPerson(), tenantId: randomUUID(), role: 'admin' },
      { ...aPerson(), tenantId: randomUUID(), email: 'grace' },
      { ...aPerson(), tenantId: randomUUID(), password: 'short' },
      ...['epoch', 'passwordHash', 'mustChangePassword', 'state', 'id', 'userId', 'emailKey'].map(
        (field) => ({
          ...aPerson(),
          tenantId: randomUUID(),
          [field]: 'x',
        }),
      ),
    ],
  },
  {
    op: deleteUser,
    input: ({ userId: id }) => ({ id }),
    expected: { ...ofTenant, member: 'not_found', owner: 'conflict', admin: 'conflict' },
    bad: badIds,
  },
  { op: listUsers, input: () => ({}), expected: known, bad: badPages },
  {
    op: getUser,
    input: ({ userId: id }) => ({ id }),
    expected: { ...ofTenant, member: 'not_found' },
    bad: badIds,
  },
  {
    op: updateUser,
    input: ({ userId: id }) => ({ id, metadata: { desk: '7' } }),
    expected: { ...ofTenant, member: 'not_found' },
    bad: [
      ...badIds,
      ...[
        { role: 'service' },
        { password: 'short' },
        { email: 'x' },
        { tenantId: randomUUID() },
        { epoch: 0 },
        { passwordHash: 'x' },
        { mustChangePassword: false },
        { state: 'active' },
      ].map((change) => ({ id: randomUUID(), ...change })),
    ],
  },
  { op: resolveUser, input: ({ email: user }) => ({ user }), expected: known, bad: [{}, { user: '' }] },
  {
    op: createSession,
    input: ({ email, password }) => ({ email, password }),
    expected: open,
    bad: [{}, { email: 'ada@blue.test' }, { email: 'ada@blue.test', password: 7 }],
  },
  { op: endSessions, input: () => ({}), expected: known, bad: [{ userId: randomUUID() }] },
  { op: listQuotas, input: ({ tenantId: id }) => ({ id }), expected: ofTenant, bad: badIds },
  {
    op: listQuotaUses,
    input: ({ tenantId: id }) => ({ id, kind: 'vms' }),
    expected: ofTenant,
    bad: badIds,
  },
  {
    op: listUserQuotas,
    input: ({ userId: id }) => ({ id }),
    expected: { ...ofTenant, member: 'not_found' },
    bad: badIds,
  },
  {
    op: listUserQuotaUses,
    input: ({ userId: id }) => ({ id, kind: 'vms' }),
    expected: { ...ofTenant, member: 'not_found' },
    bad: badIds,
  },
  {
    op: setUserQuota,
    input: ({ userId }) => ({ userId, kind: 'vms', limit: 5 }),
    expected: { ...ofTenant, member: 'not_found' },
    bad: [
      { userId: 'x', kind: 'vms', limit: 5 },
      { userId: randomUUID(), kind: 'cats', limit: 5 },
    ],
  },
  {
    op: findUser,
    input: ({ tenantId, email: user }) => ({ tenantId, user }),
    expected: open,
    bad: [{}, { tenantId: 'x', user: 'ada' }, { tenantId: randomUUID(), user: '' }],
  },
  { op: nameUsers, input: ({ userId }) => ({ userIds: [userId] }), expected: open, bad: [{}] },
  { op: getPrincipal, input: ({ userId: id }) => ({ id }), expected: open, bad: badIds },
  {
    op: setQuota,
    input: ({ tenantId }) => ({ tenantId, kind: 'vms', limit: 5 }),
    expected: { ...known, stranger: 'forbidden', member: 'forbidden', owner: 'forbidden' },
    bad: [
      { tenantId: randomUUID(), kind: 'cats', limit: 5 },
      { tenantId: randomUUID(), kind: 'vms', limit: -1 },
      { tenantId: 'x', kind: 'vms', limit: 5 },
    ],
  },
];

describe('the doors of the tenant service', () => {
  let stage: Stage;
  let shared: Member;
  beforeAll(async () => {
    stage = await openStage();
    shared = await aTenant(stage);
  });
  afterAll(() => stage?.stop());

  const principal = (actor: Actor, { tenantId, owner }: Member): Principal | null => {
    switch (actor) {
      case 'nobody':
        return null;
      case 'stranger':
        return someone('owner');
      case 'member':
        return someone('member', { tenantId });
      case 'owner':
        return owner;
      case 'admin':
        return someone('admin');
    }
  };
  const outcome = (op: Operation<object, object>, who: Principal | null, input: object): Promise<string> =>
    stage.app.call(op, contextOf(who), input).then(
      () => 'ok',
      (error: NuboError) => error.kind,
    );

  it('are all tried here', () => {
    expect(CASES.map(({ op }) => op.subject).sort()).toEqual(
      operationsOf('tenant')
        .map(({ subject }) => subject)
        .sort(),
    );
  });

  describe.each(CASES)('$op.subject', ({ op, input, expected, bad, once }) => {
    it.each(ACTORS)(`treats %s as it should`, async (actor) => {
      const tenant = once ? await aTenant(stage) : shared;
      expect(await outcome(op, principal(actor, tenant), input(tenant))).toBe(expected[actor]);
    });

    it('refuses input that is not as declared', async () => {
      for (const one of bad) expect(await outcome(op, someone('admin'), one)).toBe('invalid');
    });
  });

  it('tell a stranger the same about what is not his as about what does not exist', async () => {
    const wire = (id: string) =>
      stage.app
        .call(getTenant, contextOf(someone('owner')), { id })
        .catch((error: NuboError) => error.toWire());
    const nothing = randomUUID();
    const [theirs, none] = [await wire(shared.tenantId), await wire(nothing)];
    expect(JSON.stringify(theirs).replace(shared.tenantId, nothing)).toBe(JSON.stringify(none));
  });
});
