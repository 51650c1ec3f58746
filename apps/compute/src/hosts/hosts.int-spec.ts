import { randomUUID } from 'node:crypto';
import { deleteHost, enrolHost, listHosts, updateHost, type EnrolHost, type HostView } from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { contextOf, eventually, someone } from '@nubo/testing';
import { Image, Snapshot, Vm } from '../../../../libs/entities/src/compute';
import { HostWorld } from '../testing/host-world';
import { HostFault } from './hosts.driver';

jest.setTimeout(60_000);

let world: HostWorld;
beforeAll(async () => {
  world = await HostWorld.start();
});
beforeEach(() => world.reset());
afterAll(() => world?.stop());

const remove = (id: string): Promise<HostView> => world.app.call(deleteHost, contextOf(world.admin), { id });
const external = {
  interface: 'eth0',
  range: '203.0.113.10-203.0.113.50',
  prefix: 24,
  gateway: '203.0.113.1',
};

describe('the enrolment of a host', () => {
  it('pins its key, prepares it and tells everybody', async () => {
    const host = await world.enrol({ metadata: { rack: 'a1' } });
    expect(host).toMatchObject({ state: 'enrolling', hostKey: 'SHA256:first', location: 'loc1' });
    const ready = await world.becomes(host.id, 'ready');
    expect(ready).toMatchObject({
      virt: 'kvm',
      vcpus: { total: 8, used: 0 },
      memory: { total: 7168, used: 0 },
    });
    expect(world.hosts.machine.packages).toContain('qemu-system-x86');
    await world.tells(host.id, 'ready');
  });

  it('stores that KVM does not work, and why', async () => {
    world.hosts.machine.noKvm = 'failed to set MSR 0x10a';
    expect(await world.ready()).toMatchObject({
      virt: 'qemu',
      stateReason: 'KVM does not work here (failed to set MSR 0x10a): guests are emulated.',
    });
  });

  it('of a network host counts no room for guests', async () => {
    expect(await world.ready({ roles: ['network'], external })).toMatchObject({
      virt: null,
      vcpus: { total: 0 },
    });
  });

  it.each<[string, Partial<EnrolHost> & Record<string, unknown>]>([
    ['address', { address: 'no such address' }],
    ['port', { port: 0 }],
    ['user', { user: 'Root!' }],
    ['password', { password: '' }],
    ['name', { name: 'Not_A_Name' }],
    ['roles', { roles: [] }],
    ['external', { roles: ['network'] }],
    ['external', { external }],
    ['external.range', { roles: ['network'], external: { ...external, range: '203.0.113.1-203.0.113.9' } }],
    ['external.prefix', { roles: ['network'], external: { ...external, prefix: 33 } }],
    ['colour', { colour: 'blue' }],
  ])('refuses a bad %s before the host is asked', async (field, change) => {
    await expect(world.enrol(change)).rejects.toMatchObject({
      kind: 'invalid',
      details: { fields: [{ field }] },
    });
    expect(world.hosts.enrolments).toBe(0);
  });

  it.each<[string, Partial<EnrolHost>, HostFault | undefined]>([
    ['host_login_failed', { password: 'wrong' }, undefined],
    ['host_unreachable', {}, new HostFault('unreachable', 'host a: no SSH connection')],
    ['host_unusable', {}, new HostFault('unusable', 'host a: ada may not use sudo')],
  ])('fails with %s and leaves nothing half-made', async (code, change, fault) => {
    world.hosts.machine.fault = fault;
    await expect(world.enrol(change)).rejects.toMatchObject({ kind: 'unprocessable', code });
    expect(await world.database.em.count(Host)).toBe(0);
    expect(await world.database.em.query('SELECT * FROM work')).toEqual([]);
  });

  it('is for administrators', async () => {
    await expect(world.enrol({}, world.ada)).rejects.toMatchObject({ kind: 'forbidden', code: 'admin_only' });
    await expect(world.enrol({}, null)).rejects.toMatchObject({ kind: 'unauthenticated' });
    expect(world.hosts.enrolments).toBe(0);
  });

  it('happens once per address, also when asked twice at a time', async () => {
    const twice = await Promise.allSettled(
      [1, 2].map((n) => world.enrol({ address: 'h1.lab.example', name: `h${n}` })),
    );
    expect(twice.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const third = world.enrol({ address: 'h1.lab.example', name: 'h3' });
    await expect(third).rejects.toMatchObject({ kind: 'conflict', code: 'host_already_enrolled' });
  });

  it('with one Idempotency-Key answers the same, without a second host', async () => {
    const input = { address: 'h1.lab.example', user: 'root', password: 'right password' };
    const key = { idempotencyKey: randomUUID() };
    const first = await world.app.call(enrolHost, contextOf(world.admin, key), input);
    const second = await world.app.call(enrolHost, contextOf(world.admin, key), input);
    expect(second.id).toBe(first.id);
  });

  it.each([false, true])(
    'that is refused does not reach the host, with an Idempotency-Key: %s',
    async (has) => {
      const idempotencyKey = has ? randomUUID() : undefined;
      await world.enrol({ address: 'h1.lab.example', name: 'h1' });
      const login = { user: 'root', password: 'right password' };
      const ctx = contextOf(world.admin, { idempotencyKey });
      const again = world.app.call(enrolHost, ctx, { ...login, address: 'h1.lab.example', name: 'h2' });
      await expect(again).rejects.toMatchObject({ code: 'host_already_enrolled' });
      const taken = world.app.call(enrolHost, ctx, { ...login, address: 'h2.lab.example', name: 'h1' });
      await expect(taken).rejects.toMatchObject({ code: 'host_name_taken' });
      expect(world.hosts.enrolments).toBe(1);
    },
  );

  it('writes the password nowhere', async () => {
    await world.ready();
    for (const table of ['fleet.hosts', 'audit.entries', 'idempotency', 'work', 'outbox']) {
      const rows = JSON.stringify(await world.database.em.query(`SELECT t::text FROM ${table} t`));
      expect(rows).not.toContain('right password');
    }
  });
});

describe('a host that lacks something', () => {
  it('says so at once, is looked at again, and is tried when asked to', async () => {
    world.hosts.machine.libvirt = false;
    const { id } = await world.enrol();
    const failed = await world.becomes(id, 'error');
    expect(failed.stateReason).toContain('libvirtd does not answer');
    await world.tells(id, 'error');
    world.hosts.machine.libvirt = true;
    const again = await world.app.call(updateHost, contextOf(world.admin), { id, state: 'ready' });
    expect(again).toMatchObject({ state: 'enrolling', stateReason: null });
    await world.becomes(id, 'ready');
  });
});

describe('hosts', () => {
  it('are seen by everybody logged in, their addresses by administrators', async () => {
    const { id } = await world.ready();
    const member = someone('member');
    const [seen] = (await world.app.call(listHosts, contextOf(member), {})).items;
    expect(seen).toMatchObject({ id, location: 'loc1', roles: ['compute'], state: 'ready' });
    expect(seen).not.toHaveProperty('address');
    expect(seen).not.toHaveProperty('hostKey');
    expect((await world.look(id)).address).toMatch(/^10\.77\./);
    await expect(world.app.call(listHosts, contextOf(null), {})).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
  });

  it('are listed page by page', async () => {
    await Promise.all([1, 2, 3].map(() => world.row()));
    const first = await world.app.call(listHosts, contextOf(world.ada), { limit: 2 });
    const { next: after } = first;
    const second = await world.app.call(listHosts, contextOf(world.ada), { limit: 2, after });
    expect([first.items.length, second.items.length, second.next]).toEqual([2, 1, undefined]);
  });

  it('that do not exist are not found', async () => {
    const id = randomUUID();
    await expect(world.look(id)).rejects.toMatchObject({ kind: 'not_found', code: 'host_not_found' });
    await expect(remove(id)).rejects.toMatchObject({ kind: 'not_found' });
    const change = world.app.call(updateHost, contextOf(world.admin), { id, name: 'x' });
    await expect(change).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('are renamed and moved against their current version, to names that are free', async () => {
    const [one, other] = [await world.ready(), await world.ready()];
    const ctx = contextOf(world.admin, { ifMatch: 1 });
    const moved = await world.app.call(updateHost, ctx, { id: one.id, name: 'h1', location: 'loc2' });
    expect(moved).toMatchObject({ name: 'h1', location: 'loc2', version: 2, state: 'ready' });
    const late = world.app.call(updateHost, ctx, { id: one.id, name: 'h2' });
    await expect(late).rejects.toMatchObject({ kind: 'precondition' });
    const taken = world.app.call(updateHost, contextOf(world.admin), { id: other.id, name: 'h1' });
    await expect(taken).rejects.toMatchObject({ kind: 'conflict', code: 'host_name_taken' });
  });
});

describe('the deletion of a host', () => {
  const vmOn = (hostId: string): Promise<unknown> => {
    const own = { id: randomUUID(), name: 'web', tenantId: null, userId: world.admin.userId };
    const size = { vcpus: 1, memoryMib: 512, diskGib: 1 };
    const wanted = { state: 'stopped', wantedState: 'stopped', location: 'loc1' } as const;
    return world.database.em.insert(Vm, { ...own, ...size, ...wanted, imageId: randomUUID(), hostId });
  };

  it('is refused while VMs are on it, and says how many', async () => {
    const { id } = await world.ready();
    await vmOn(id);
    await vmOn(id);
    await expect(remove(id)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'host_in_use',
      details: { vms: 2, containers: 0 },
    });
  });

  it('is refused while the disks of VMs are being saved, and says how many', async () => {
    const { id } = await world.ready();
    const { em } = world.database;
    const image = { id: randomUUID(), name: 'saved', userId: world.admin.userId, state: 'creating' } as const;
    await em.insert(Image, { ...image, source: 'vm' });
    const disk = { imageId: image.id, vmId: randomUUID(), hostId: id, baseImageId: randomUUID() };
    await em.insert(Snapshot, { ...disk, quiesce: false, copied: true });
    await expect(remove(id)).rejects.toMatchObject({ code: 'host_in_use', details: { snapshots: 1 } });
    await em.update(Image, { id: image.id }, { state: 'error' });
    expect((await remove(id)).state).toBe('deleting');
  });

  it.each([
    { routers: 1, ports: 0 },
    { routers: 0, ports: 2 },
  ])('is refused while networks are on it: %o', async (use) => {
    const { id } = await world.ready();
    world.use = use;
    await expect(remove(id)).rejects.toMatchObject({ kind: 'conflict', code: 'host_in_use', details: use });
  });

  it('takes the platform’s key off it and tells everybody', async () => {
    const { id } = await world.ready();
    expect((await remove(id)).state).toBe('deleting');
    await world.isGone(id);
    expect(world.hosts.machine.trusts).toBe(false);
    await world.tells(id, 'deleted');
    await eventually(() => world.nothingToDo(id));
  });

  it('completes although the host is off for good', async () => {
    const { id } = await world.ready();
    world.hosts.machine.fault = new HostFault('unreachable', 'host a: no answer');
    await remove(id);
    await world.isGone(id);
  });

  it('makes room for a new enrolment of the same machine', async () => {
    const { id } = await world.ready({ address: 'h1.lab.example' });
    await remove(id);
    await world.isGone(id);
    await world.ready({ address: 'h1.lab.example' });
  });
});
