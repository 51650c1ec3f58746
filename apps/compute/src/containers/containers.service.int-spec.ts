import { randomUUID } from 'node:crypto';
import {
  containerShares,
  createContainer,
  deleteContainer,
  deleteVm,
  discardContainer,
  discardVm,
  ensureContainer,
  ensureVm,
  findContainers,
  findVms,
  getContainer,
  rebootVm,
  resolveUser,
  serviceContext,
  updateContainer,
  updateVm,
  vmShares,
  type CreateContainer,
  type EnsureContainer,
  type EnsureVm,
  type NuboError,
  type Principal,
} from '@nubo/contracts';
import { quotaDriftOf } from '@nubo/quota';
import { contextOf, eventually, someone } from '@nubo/testing';
import { Container, Vm } from '../../../../libs/entities/src/compute';
import { ComputeWorld } from '../vms/testing/compute-world';

jest.setTimeout(60_000);

let world: ComputeWorld;
let owner: Principal;
let hostId: string;
const cdn = serviceContext('cdn', 'test');

beforeAll(async () => {
  world = await ComputeWorld.open();
  owner = await world.person();
  hostId = (await world.host({ name: 'h1' })).id;
});
afterAll(() => world?.stop());

const refusal = async (call: Promise<unknown>): Promise<NuboError> =>
  call.then(
    () => fail('it was accepted'),
    (error: NuboError) => error,
  );
const fail = (message: string): never => {
  throw new TypeError(message);
};
const rows = (who: Principal) => world.em.countBy(Container, { tenantId: who.tenantId ?? undefined });
const limit = (who: Principal, kind: string, most: number) =>
  world.em.query(`UPDATE quota.usage SET "limit" = $3 WHERE tenant_id = $1 AND kind = $2`, [
    who.tenantId,
    kind,
    most,
  ]);

describe('making a container', () => {
  it('answers at once with what was promised', async () => {
    const imageId = await world.image(owner, { kind: 'container', name: 'nginx' });
    const made = await world.app.call(createContainer, contextOf(owner), { imageId });
    expect(made).toMatchObject({ state: 'creating', memory: 64, cpu: 100, pids: 256, restart: 'always' });
    expect(made).toMatchObject({ name: `nginx-${made.id.slice(0, 4)}`, restarts: 0, exitCode: null });
    expect(made).toMatchObject({ hostId, location: 'loc1', managedBy: null, startedAt: null });
  });

  it.each<[string, Partial<CreateContainer> & Record<string, unknown>, string]>([
    ['too little memory', { memory: 3 }, 'memory'],
    ['too much of a CPU', { cpu: 6_401 }, 'cpu'],
    ['too few processes', { pids: 9 }, 'pids'],
    ['a policy that is none', { restart: 'sometimes' as never }, 'restart'],
    ['a variable that is none', { env: { 'A-B': 'x' } }, 'env'],
    ['a variable with NUL', { env: { A: 'x\0y' } }, 'env'],
    [
      'very long variables',
      { env: Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`A${n}`, 'x'.repeat(32_000)])) },
      'env',
    ],
    ['no program', { command: [] }, 'command'],
    ['no NIC', { nics: [] }, 'nics'],
    ['two NICs', { nics: [{ subnetId: randomUUID() }, { subnetId: randomUUID() }] }, 'nics'],
    ['a mount of the host', { mounts: ['/etc'] }, 'mounts'],
    ['power over the host', { privileged: true }, 'privileged'],
  ])('refuses %s and names the field', async (_what, overrides, field) => {
    const who = await world.person();
    const error = await refusal(world.container(who, overrides));
    expect(error).toMatchObject({ kind: 'invalid', code: 'invalid_input' });
    expect(error.details?.fields).toEqual([expect.objectContaining({ field })]);
    expect(await rows(who)).toBe(0);
  });

  it('takes images for containers only, and VMs those for VMs', async () => {
    const disk = await world.image(owner);
    const archive = await world.image(owner, { kind: 'container' });
    const kind = { kind: 'unprocessable', code: 'image_kind' };
    expect(await refusal(world.container(owner, { imageId: disk }))).toMatchObject(kind);
    expect(await refusal(world.create(owner, { imageId: archive }))).toMatchObject(kind);
  });

  it('does not tell a foreign image or subnet from one that does not exist', async () => {
    const subnet = await refusal(world.container(owner, { nics: [{ subnetId: randomUUID() }] }));
    expect(subnet).toMatchObject({ kind: 'not_found', code: 'subnet_not_found' });
    const imageId = await world.image(await world.person(), { kind: 'container' });
    const codes = await Promise.all(
      [imageId, randomUUID()].map(
        async (id) => (await refusal(world.container(owner, { imageId: id }))).code,
      ),
    );
    expect(codes).toEqual(['image_not_found', 'image_not_found']);
  });

  it('takes exactly what the quotas have, however many ask at once', async () => {
    const who = await world.person();
    await limit(who, 'containers', 5);
    const imageId = await world.image(who, { kind: 'container' });
    const nics = [{ subnetId: world.subnet() }];
    const make = () => world.container(who, { imageId, nics, memory: 8 });
    // On a busy machine some wait too long for one of the few connections: that is 503, and nothing was made.
    const patient = (error: unknown): Promise<unknown> => {
      if ((error as NuboError).kind !== 'unavailable') throw error;
      return ask();
    };
    const ask = (): Promise<unknown> => make().catch(patient);
    const answers = await Promise.allSettled(Array.from({ length: 40 }, ask));
    const codes = answers.flatMap((each) =>
      each.status === 'rejected' ? [(each.reason as NuboError).code] : [],
    );
    expect(new Set(codes)).toEqual(new Set(['quota_exceeded']));
    expect(await rows(who)).toBe(5);
    expect(await quotaDriftOf(world.em)).toBe(0);
  });

  it('pays for memory', async () => {
    const who = await world.person();
    await limit(who, 'memory', 100);
    await world.container(who, { memory: 60 });
    expect(await refusal(world.container(who, { memory: 60 }))).toMatchObject({
      code: 'quota_exceeded',
      details: { kind: 'memory', used: 60, requested: 60 },
    });
  });

  it('changes nothing in a dry run, and answers a repeated request once', async () => {
    const who = await world.person();
    const wish = await world.containerWish(who);
    await world.app.call(createContainer, contextOf(who, { dryRun: true }), wish);
    expect(await rows(who)).toBe(0);
    const ctx = contextOf(who, { idempotencyKey: randomUUID() });
    const first = await world.app.call(createContainer, ctx, wish);
    expect(await world.app.call(createContainer, ctx, wish)).toEqual(first);
    expect(await rows(who)).toBe(1);
  });
});

describe('changing a container', () => {
  it('merges, and refuses a write against an older version', async () => {
    const { id } = await world.container(owner, { metadata: { team: 'blue' } });
    const renamed = await world.app.call(updateContainer, contextOf(owner), { id, name: 'db' });
    expect(renamed).toMatchObject({ name: 'db', metadata: { team: 'blue' }, version: 2 });
    const stale = contextOf(owner, { ifMatch: 1 });
    expect(await refusal(world.app.call(updateContainer, stale, { id, name: 'x' }))).toMatchObject({
      kind: 'precondition',
    });
  });

  it('is not there for strangers', async () => {
    const { id } = await world.container(owner);
    const stranger = contextOf(await world.person());
    for (const call of [
      () => world.app.call(getContainer, stranger, { id }),
      () => world.app.call(updateContainer, stranger, { id, name: 'mine' }),
      () => world.app.call(deleteContainer, stranger, { id }),
    ])
      expect(await refusal(call())).toMatchObject({ code: 'container_not_found' });
  });
});

describe('what a service keeps for a user', () => {
  const wish = async (
    who: Principal,
    overrides: Partial<EnsureContainer> = {},
  ): Promise<EnsureContainer> => ({
    id: randomUUID(),
    tenantId: who.tenantId,
    userId: who.userId,
    managedBy: 'cdn',
    name: 'edge',
    imageId: await world.image(null, { kind: 'container' }),
    ...{ memory: 64, cpu: 100, pids: 64, location: 'loc1' },
    nics: [{ subnetId: world.subnet() }],
    ...overrides,
  });

  it('is made once, however many ask at once, and paid for by the user', async () => {
    const who = await world.person('member');
    const input = await wish(who);
    const ask = () => world.app.call(ensureContainer, cdn, input);
    const all = await Promise.all(Array.from({ length: 10 }, ask));
    expect(new Set(all.map(({ id }) => id))).toEqual(new Set([input.id]));
    expect(await rows(who)).toBe(1);
    const seen = await world.app.call(getContainer, contextOf(who), { id: input.id });
    expect(seen).toMatchObject({ managedBy: 'cdn', tenantId: who.tenantId, name: 'edge' });
    expect(await quotaDriftOf(world.em)).toBe(0);
  });

  it('is found by its ids, and goes when it is discarded, twice as well', async () => {
    const input = await wish(owner);
    await world.app.call(ensureContainer, cdn, input);
    const ids = [input.id, randomUUID()];
    const found = () => world.app.call(findContainers, cdn, { ids });
    expect((await found()).items.map(({ id }) => id)).toEqual([input.id]);
    await world.app.call(discardContainer, cdn, { id: input.id });
    await world.app.call(discardContainer, cdn, { id: input.id });
    await eventually(async () => (await found()).items.length === 0);
    await world.app.call(discardContainer, cdn, { id: input.id });
  });

  it('is on the host that was named', async () => {
    const other = (await world.host({ name: 'h9' })).id;
    const made = await world.app.call(ensureContainer, cdn, await wish(owner, { hostId: other }));
    expect(made.hostId).toBe(other);
    const gone = await refusal(
      world.app.call(ensureContainer, cdn, await wish(owner, { hostId: randomUUID() })),
    );
    expect(gone.code).toBe('no_host_with_room');
  });

  it('is refused when the user’s quota is used up, or there is no such platform image', async () => {
    const who = await world.person();
    await limit(who, 'containers', 0);
    expect(await refusal(world.app.call(ensureContainer, cdn, await wish(who)))).toMatchObject({
      kind: 'exhausted',
      code: 'quota_exceeded',
    });
    const nameless = await wish(owner, { imageId: undefined, platformImage: 'nubo-nothing' });
    const error = await refusal(world.app.call(ensureContainer, cdn, nameless));
    expect(error).toMatchObject({ kind: 'not_found', code: 'no_platform_image' });
    expect(error.message).toContain('nubo-nothing.tar');
  });

  it('is changed, shared and deleted by that service only', async () => {
    const { id } = await world.app.call(ensureContainer, cdn, await wish(owner));
    const vm: EnsureVm = {
      ...{ id: randomUUID(), tenantId: owner.tenantId, userId: owner.userId, managedBy: 'cdn', name: 'edge' },
      ...{ imageId: await world.image(null), vcpus: 1, memory: 128, location: 'loc1' },
      nics: [{ subnetId: world.subnet() }],
    };
    await world.app.call(ensureVm, cdn, vm);
    await world.app.call(ensureVm, cdn, vm);
    expect(await world.em.countBy(Vm, { id: vm.id })).toBe(1);
    const friend = someone('owner');
    await world.app.bus.answer(resolveUser, () => ({ ...friend, email: 'friend@nubo.test' }));
    const ctx = contextOf(owner);
    const refused = await Promise.all(
      [
        world.app.call(updateContainer, ctx, { id, state: 'stopped' as const }),
        world.app.call(updateContainer, ctx, { id, name: 'mine' }),
        world.app.call(deleteContainer, ctx, { id }),
        world.app.call(containerShares.create, ctx, { id, user: friend.userId }),
        world.app.call(updateVm, ctx, { id: vm.id, state: 'stopped' as const }),
        world.app.call(deleteVm, ctx, { id: vm.id }),
        world.app.call(rebootVm, ctx, { id: vm.id }),
        world.app.call(vmShares.create, ctx, { id: vm.id, user: friend.userId }),
      ].map(refusal),
    );
    expect(refused.map(({ code }) => code)).toEqual(Array(8).fill('managed'));
    await world.app.call(discardVm, cdn, { id: vm.id });
    await eventually(async () => (await world.app.call(findVms, cdn, { ids: [vm.id] })).items.length === 0);
  });
});
