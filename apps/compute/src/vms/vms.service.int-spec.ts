import { randomUUID } from 'node:crypto';
import {
  createVm,
  deleteVm,
  getVm,
  listVms,
  updateVm,
  type CreateVm,
  type NuboError,
  type Principal,
} from '@nubo/contracts';
import { grant } from '@nubo/persistence';
import { quotaDriftOf } from '@nubo/quota';
import { contextOf, eventually, someone } from '@nubo/testing';
import { Vm } from '../../../../libs/entities/src/compute';
import { ComputeWorld } from './testing/compute-world';

jest.setTimeout(60_000);

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFp9oTEq0yAfI7iJSfgrAI5E1VkRYtZaYoKs2PIh0Ztk ada@blue.test';

let world: ComputeWorld;
let owner: Principal;

beforeAll(async () => {
  world = await ComputeWorld.open();
  owner = await world.person();
  await world.host({ name: 'h1' });
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
const rows = (who: Principal) => world.em.countBy(Vm, { tenantId: who.tenantId ?? undefined });

/** As a client does that is told to come again: with the same Idempotency-Key. */
async function createPatiently(who: Principal, wish: CreateVm): Promise<void> {
  const ctx = contextOf(who, { idempotencyKey: randomUUID() });
  for (let attempt = 1; ; attempt += 1) {
    const error = await world.app.call(createVm, ctx, wish).then(
      () => undefined,
      (e: NuboError) => e,
    );
    if (!error) return;
    if (error.kind !== 'unavailable' || attempt === 10) throw error;
  }
}

describe('making a VM', () => {
  it('answers at once with what was promised, and it becomes running', async () => {
    const wish = await world.wish(owner, {
      vcpus: 2,
      memory: 256,
      sshKeys: [KEY],
      metadata: { team: 'blue' },
    });
    const vm = await world.app.call(createVm, contextOf(owner), wish);
    expect(vm).toMatchObject({ name: 'web', state: 'creating', version: 1, vcpus: 2, memory: 256, disk: 2 });
    expect(vm).toMatchObject({ tenantId: owner.tenantId, metadata: { team: 'blue' }, location: 'loc1' });
    const running = await eventually(async () => {
      const now = await world.app.call(getVm, contextOf(owner), { id: vm.id });
      return now.state === 'running' && now;
    });
    expect(running.nics[0]).toMatchObject({
      subnetId: wish.nics?.[0]?.subnetId,
      ip: expect.any(String) as string,
    });
    expect(running.version).toBe(1);
  });

  it.each<[string, Partial<CreateVm> & Record<string, unknown>, string]>([
    ['a name that is none', { name: 'My VM' }, 'name'],
    ['an unknown field', { color: 'red' }, 'color'],
    ['no NIC', { nics: [] }, 'nics'],
    ['an address that is none', { nics: [{ subnetId: randomUUID(), ip: '190.0.0.256' }] }, 'nics.0.ip'],
    ['a key that is none', { sshKeys: ['ssh-rsa hello'] }, 'sshKeys.0'],
    ['a disk smaller than the image', { disk: 1 }, 'disk'],
    ['too little memory', { memory: 1 }, 'memory'],
    ['long user-data', { userData: 'é'.repeat(20_000) }, 'userData'],
  ])('refuses %s and names the field', async (_what, overrides, field) => {
    const who = await world.person();
    const wish = { ...(await world.wish(who)), ...overrides };
    const error = await refusal(world.app.call(createVm, contextOf(who), wish));
    expect(error).toMatchObject({ kind: 'invalid', code: 'invalid_input' });
    expect(error.details?.fields).toEqual([expect.objectContaining({ field })]);
    expect(await rows(who)).toBe(0);
  });

  it('does not tell a foreign image or subnet from one that does not exist', async () => {
    const imageId = await world.image(await world.person());
    const foreign = await refusal(world.create(owner, { imageId }));
    const missing = await refusal(world.create(owner, { imageId: randomUUID() }));
    expect([foreign.code, missing.code]).toEqual(['image_not_found', 'image_not_found']);
    const subnet = await refusal(world.create(owner, { nics: [{ subnetId: randomUUID() }] }));
    expect(subnet).toMatchObject({ kind: 'not_found', code: 'subnet_not_found' });
  });

  it('uses a public image, and waits for none that is not ready', async () => {
    const open = await world.image(await world.person(), { public: true });
    expect((await world.create(owner, { imageId: open })).imageId).toBe(open);
    const imageId = await world.image(owner, { state: 'creating' });
    expect(await refusal(world.create(owner, { imageId }))).toMatchObject({
      kind: 'conflict',
      code: 'image_not_ready',
    });
  });

  it('says which hosts were looked at when none has room', async () => {
    const error = await refusal(world.create(owner, { location: 'loc9' }));
    expect(error).toMatchObject({ kind: 'exhausted', code: 'no_host_with_room' });
    expect(error.details).toEqual({ examined: 1, refused: [{ host: 'h1', reason: 'is in loc1' }] });
  });

  it('answers a repeated request with the first answer, also when its address is taken by then', async () => {
    const subnetId = world.subnet();
    const wish = await world.wish(owner, { nics: [{ subnetId, ip: '190.0.0.77' }] });
    const ctx = contextOf(owner, { idempotencyKey: randomUUID() });
    const first = await world.app.call(createVm, ctx, wish);
    world.network.taken.add('190.0.0.77');
    expect(await world.app.call(createVm, ctx, wish)).toEqual(first);
    const again = await refusal(world.app.call(createVm, contextOf(owner), wish));
    expect(again).toMatchObject({ kind: 'conflict', code: 'address_taken' });
    world.network.taken.clear();
  });

  it('changes nothing in a dry run', async () => {
    const who = await world.person();
    const view = await world.app.call(createVm, contextOf(who, { dryRun: true }), await world.wish(who));
    expect(view.state).toBe('creating');
    expect(await rows(who)).toBe(0);
    expect(await quotaDriftOf(world.em)).toBe(0);
  });

  it('accepts exactly five of two hundred at once when the quota is five', async () => {
    const who = await world.person();
    await world.em.query(`UPDATE quota.usage SET "limit" = 5 WHERE tenant_id = $1 AND kind = 'vms'`, [
      who.tenantId,
    ]);
    const wish = await world.wish(who, { memory: 64 });
    const results = await Promise.allSettled(Array.from({ length: 200 }, () => createPatiently(who, wish)));
    const refused = results.flatMap((r) => (r.status === 'rejected' ? [(r.reason as NuboError).code] : []));
    expect(results.length - refused.length).toBe(5);
    expect(new Set(refused)).toEqual(new Set(['quota_exceeded']));
    expect(await rows(who)).toBe(5);
    expect(await quotaDriftOf(world.em)).toBe(0);
  });
});

describe('a VM of which only the image and the memory are said', () => {
  const wish = async (who: Principal, name = 'debian-12') => ({
    imageId: await world.image(who, { name }),
    memory: 128,
  });

  it('is named after its image, and gets a NIC on its user’s default network', async () => {
    const who = await world.person('member');
    const made = await world.app.call(createVm, contextOf(who), await wish(who));
    expect(made).toMatchObject({ name: `debian-12-${made.id.slice(0, 4)}`, vcpus: 1, memory: 128, disk: 2 });
    expect(made.nics).toMatchObject([{ subnetId: null, ip: null }]);
    const running = await eventually(async () => {
      const now = await world.app.call(getVm, contextOf(who), { id: made.id });
      return now.state === 'running' && now;
    });
    expect(running.nics).toMatchObject([{ subnetId: world.network.defaults.get(who.userId) }]);
  });

  it('has a name that is one, also when its image’s is as long as names may be', async () => {
    const who = await world.person();
    const { name } = await world.app.call(createVm, contextOf(who), await wish(who, 'i'.repeat(63)));
    expect(name).toMatch(/^i{58}-[0-9a-f]{4}$/);
  });

  it('leaves no network behind when it is a dry run', async () => {
    const who = await world.person();
    await world.app.call(createVm, contextOf(who, { dryRun: true }), await wish(who));
    expect(world.network.defaults.has(who.userId)).toBe(false);
  });

  it('shares one network with another that is made at the same time', async () => {
    const who = await world.person();
    const body = await wish(who);
    const make = () => world.app.call(createVm, contextOf(who), body);
    const made = await Promise.all([make(), make()]);
    const subnets = await eventually(async () => {
      const now = await Promise.all(made.map(({ id }) => world.app.call(getVm, contextOf(who), { id })));
      const ids = now.map(({ nics }) => nics[0]?.subnetId);
      return ids.every(Boolean) && new Set(ids);
    });
    expect(subnets).toEqual(new Set([world.network.defaults.get(who.userId)]));
  });
});

describe('who may do what to a VM', () => {
  it('is nobody of another tenant, and they cannot tell that it exists', async () => {
    const { id } = await world.create(owner);
    const stranger = contextOf(await world.person());
    for (const call of [
      () => world.app.call(getVm, stranger, { id }),
      () => world.app.call(updateVm, stranger, { id, name: 'mine' }),
      () => world.app.call(deleteVm, stranger, { id }),
    ])
      expect(await refusal(call())).toMatchObject({ kind: 'not_found', code: 'vm_not_found' });
    const { items } = await world.app.call(listVms, stranger, {});
    expect(items).toEqual([]);
    const nobody = await refusal(world.app.call(getVm, contextOf(null), { id }));
    expect(nobody.kind).toBe('unauthenticated');
  });

  it('starts and stops with a grant to use it, and changes nothing else', async () => {
    const { id } = await world.create(owner);
    const user = someone('member');
    await grant(world.em, id, user, 'use');
    await eventually(async () => (await world.app.call(getVm, contextOf(user), { id })).state === 'running');
    const stopping = await world.app.call(updateVm, contextOf(user), { id, state: 'stopped' });
    expect(stopping.state).toBe('stopping');
    const rename = await refusal(world.app.call(updateVm, contextOf(user), { id, name: 'mine' }));
    expect(rename.kind).toBe('forbidden');
    expect((await refusal(world.app.call(deleteVm, contextOf(user), { id }))).kind).toBe('forbidden');
  });

  it('sees lists page by page, each VM with its NICs', async () => {
    const who = await world.person();
    const made = [await world.create(who), await world.create(who), await world.create(who)];
    const first = await world.app.call(listVms, contextOf(who), { limit: 2 });
    const rest = await world.app.call(listVms, contextOf(who), { limit: 2, after: first.next });
    const ids = [...first.items, ...rest.items].map(({ id }) => id);
    expect(ids).toEqual(made.map(({ id }) => id).sort());
    expect(rest.next).toBeUndefined();
    expect(first.items.every(({ nics }) => nics.length === 1)).toBe(true);
  });
});

describe('changing a VM', () => {
  it('merges: what is absent stays, null clears; each write counts', async () => {
    const { id } = await world.create(owner, { metadata: { team: 'blue' } });
    const renamed = await world.app.call(updateVm, contextOf(owner), { id, name: 'db' });
    expect(renamed).toMatchObject({ name: 'db', metadata: { team: 'blue' }, version: 2 });
    const cleared = await world.app.call(updateVm, contextOf(owner), { id, metadata: null });
    expect(cleared).toMatchObject({ name: 'db', metadata: {}, version: 3 });
    expect((await world.app.call(updateVm, contextOf(owner), { id, name: 'db' })).version).toBe(3);
  });

  it('refuses a write against an older version', async () => {
    const { id } = await world.create(owner);
    await world.app.call(updateVm, contextOf(owner), { id, name: 'db' });
    const stale = await refusal(
      world.app.call(updateVm, contextOf(owner, { ifMatch: 1 }), { id, name: 'x' }),
    );
    expect(stale).toMatchObject({ kind: 'precondition', details: { version: 2 } });
  });

  it('does not stop what is still being made, and touches nothing that is being deleted', async () => {
    world.network.activates = 'when-told';
    const { id } = await world.create(owner);
    world.network.activates = 'soon';
    const early = await refusal(world.app.call(updateVm, contextOf(owner), { id, state: 'stopped' }));
    expect(early).toMatchObject({ kind: 'conflict', code: 'vm_wrong_state' });
    const deleting = await world.app.call(deleteVm, contextOf(owner), { id });
    expect(deleting.state).toBe('deleting');
    const late = await refusal(world.app.call(updateVm, contextOf(owner), { id, name: 'x' }));
    expect(['vm_deleting', 'vm_not_found']).toContain(late.code);
    await eventually(async () => (await world.em.countBy(Vm, { id })) === 0);
  });
});
