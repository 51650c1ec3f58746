import { randomUUID } from 'node:crypto';
import {
  createVm,
  deleteImage,
  deletePort,
  deleteVm,
  imageShares,
  listImages,
  Nothing,
  tenantClosing,
  userClosing,
  type Principal,
} from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { grant, GrantRow } from '@nubo/persistence';
import { ledgerCount, openAccount, quotaDriftOf, userLedgerCount } from '@nubo/quota';
import { Run, wake } from '@nubo/reconcile';
import { contextOf, eventually, someone } from '@nubo/testing';
import { BaseFile, Image, ImageCopy, Snapshot, Vm } from '../../../../libs/entities/src/compute';
import { ImageWorld } from '../testing/image-world';
import { runKilledBefore, runOf } from '../testing/runs';
import { BaseFileReconciler } from './base-files.reconciler';
import { BASE_FILE } from './base-files.store';
import { ImageCopies } from './image-copies.service';

jest.setTimeout(60_000);

let world: ImageWorld;
let stranger: Principal;
beforeAll(async () => {
  world = await ImageWorld.start();
  stranger = world.bob;
  await world.app.bus.answer(deletePort, () => new Nothing());
});
afterEach(() => world.database.em.query('DELETE FROM fleet.hosts'));
afterAll(() => world?.stop());

const em = () => world.database.em;

async function person(role: 'owner' | 'member' = 'owner', tenantId?: string): Promise<Principal> {
  const who = tenantId ? someone(role, { tenantId }) : someone(role);
  await openAccount(em(), who.tenantId as string);
  return who;
}

/** A ready image of `owner`, shared with the stranger. */
async function shared(owner: Principal): Promise<string> {
  const { id } = await world.create({}, owner);
  await world.becomes(id, 'ready');
  await grant(em(), id, stranger, 'use');
  return id;
}

/** Of a host that is gone for good: deleting it needs nobody. */
async function vmOf({ tenantId, userId }: Principal, imageId: string, rows = em()): Promise<string> {
  const id = randomUUID();
  const size = { vcpus: 1, memoryMib: 512, diskGib: 1 };
  const place = { hostId: randomUUID(), location: 'loc1' };
  const state = { state: 'stopped', wantedState: 'stopped' } as const;
  await rows.insert(Vm, { id, name: 'web', tenantId, userId, imageId, ...size, ...place, ...state });
  return id;
}

const close = ({ tenantId }: Principal) =>
  world.app.bus.publish(tenantClosing, { tenantId: tenantId as string });
const isKept = (imageId: string) => eventually(() => em().existsBy(BaseFile, { imageId }));

async function isGone(imageId: string): Promise<void> {
  await eventually(async () => !(await em().existsBy(BaseFile, { imageId })));
  await world.isGone(imageId);
  expect(world.filesOf(imageId)).toEqual([]);
  await eventually(async () => !(await em().existsBy(ImageCopy, { imageId })));
}

async function host(): Promise<string> {
  const id = randomUUID();
  const own = { id, name: `h-${id.slice(0, 8)}`, userId: world.admin.userId, state: 'ready' as const };
  const login = { address: id, port: 22, user: 'root', hostKey: 'SHA256:x' };
  const room = { vcpus: 64, memoryMib: 65_536, diskGib: 1_000, virt: 'qemu' as const };
  await em().insert(Host, { ...own, ...login, ...room, roles: ['compute'], location: 'loc1' });
  return id;
}

const onHost = (imageId: string, hostId: string): Promise<string> =>
  eventually(() => {
    const { signal } = new AbortController();
    const run = new Run({ kind: 'vm', id: randomUUID(), fence: 1, attempt: 1, signal });
    return world.app.get(ImageCopies).ensure({ imageId, hostId }, run, async () => undefined);
  });

describe('an image whose tenant goes while VMs of others stand on it', () => {
  it('belongs to nobody at once, is not there for anybody, and its file goes with the last VM', async () => {
    const owner = await person();
    const id = await shared(owner);
    const near = await host();
    await onHost(id, near);
    const vms = [await vmOf(stranger, id), await vmOf(someone('admin'), id)];
    await close(owner);
    await isKept(id);
    expect(await ledgerCount(em(), owner.tenantId as string)).toBe(0);
    expect(await em().existsBy(Image, { id })).toBe(false);
    expect(await em().existsBy(GrantRow, { resourceId: id })).toBe(false);
    for (const who of [world.admin, stranger, owner]) {
      await expect(world.look(id, who)).rejects.toMatchObject({ kind: 'not_found' });
      const { items } = await world.app.call(listImages, contextOf(who), {});
      expect(items.map((image) => image.id)).not.toContain(id);
      await expect(
        world.app.call(createVm, contextOf(who), { imageId: id, name: 'late' }),
      ).rejects.toMatchObject({ kind: 'not_found' });
    }
    await expect(world.app.call(imageShares.list, contextOf(world.admin), { id })).rejects.toMatchObject({
      kind: 'not_found',
    });
    expect(world.filesOf(id)).toEqual([`${id}.qcow2`]);
    expect(world.copies.files.has(`${near}/${id}`)).toBe(true);
    expect(await onHost(id, await host())).toBe(`/var/lib/nubo/images/${id}.qcow2`);
    await close(owner);
    for (const vmId of vms) {
      expect(world.filesOf(id)).toEqual([`${id}.qcow2`]);
      await world.app.call(deleteVm, contextOf(world.admin), { id: vmId });
      await eventually(async () => !(await em().existsBy(Vm, { id: vmId })));
    }
    await isGone(id);
    await eventually(() => ![...world.copies.files.keys()].some((file) => file.endsWith(id)));
    expect(await quotaDriftOf(em())).toBe(0);
  });

  it('is freed also when it was to go with its last VM before', async () => {
    const owner = await person();
    const id = await shared(owner);
    const vmId = await vmOf(stranger, id);
    await world.app.call(deleteImage, contextOf(owner), { id, deferred: true });
    await close(owner);
    await isKept(id);
    expect(await ledgerCount(em(), owner.tenantId as string)).toBe(0);
    await world.app.call(deleteVm, contextOf(world.admin), { id: vmId });
    await isGone(id);
  });

  it('stays below a disk of theirs that is being saved, though its VM is gone', async () => {
    const owner = await person();
    const id = await shared(owner);
    const saved = randomUUID();
    const { tenantId, userId } = stranger;
    const theirs = { id: saved, name: 'saved', tenantId, userId, source: 'vm', state: 'creating' } as const;
    await em().insert(Image, theirs);
    const from = { vmId: randomUUID(), hostId: randomUUID(), baseImageId: id };
    await em().insert(Snapshot, { imageId: saved, ...from, quiesce: false, copied: true });
    await close(owner);
    await isKept(id);
    expect(await ledgerCount(em(), owner.tenantId as string)).toBe(0);
    await em().update(Snapshot, { imageId: saved }, { delivered: true });
    await wake(em(), BASE_FILE, id);
    await isGone(id);
  });

  it('is the tenant’s until its own VMs are gone where nobody else has any', async () => {
    const owner = await person();
    const id = await shared(owner);
    await vmOf(owner, id);
    await close(owner);
    await world.isGone(id);
    expect(await em().existsBy(BaseFile, { imageId: id })).toBe(false);
    expect(await ledgerCount(em(), owner.tenantId as string)).toBe(0);
    expect(world.filesOf(id)).toEqual([]);
  });

  it('waits for a VM that is being made, and counts it', async () => {
    const owner = await person();
    const id = await shared(owner);
    await em().transaction(async (making) => {
      const held = making.createQueryBuilder(Image, 'i').setLock('pessimistic_read').where({ id });
      await held.getOneOrFail();
      await vmOf(stranger, id, making);
      await close(owner);
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await eventually(async () => (await em().query<unknown[]>(waiting)).length > 0);
    });
    await isKept(id);
    expect(await ledgerCount(em(), owner.tenantId as string)).toBe(0);
  });

  it('is seen by VMs that are made at the same moment, or they are refused', async () => {
    await host();
    const owner = await person();
    const id = await shared(owner);
    const asked = Array.from({ length: 8 }, (_, i) =>
      world.app.call(createVm, contextOf(stranger), { imageId: id, name: `vm-${i}` }),
    );
    await close(owner);
    const made = (await Promise.allSettled(asked)).filter(({ status }) => status === 'fulfilled');
    await world.isGone(id);
    expect(await em().countBy(Vm, { imageId: id })).toBe(made.length);
    expect(await em().existsBy(BaseFile, { imageId: id })).toBe(made.length > 0);
    await em().query('DELETE FROM fleet.hosts');
    for (const vm of await em().findBy(Vm, { imageId: id }))
      await world.app.call(deleteVm, contextOf(world.admin), { id: vm.id });
    await isGone(id);
    expect(await quotaDriftOf(em())).toBe(0);
  });
});

describe('an image whose user goes', () => {
  it('stays below VMs of colleagues as a file only', async () => {
    const owner = await person();
    const member = await person('member', owner.tenantId as string);
    const id = await shared(member);
    const vmId = await vmOf(owner, id);
    await vmOf(member, id);
    await world.app.bus.publish(userClosing, { userId: member.userId, tenantId: member.tenantId });
    await isKept(id);
    await eventually(async () => (await em().countBy(Vm, { imageId: id })) === 1);
    expect(await userLedgerCount(em(), member.userId)).toBe(0);
    await world.app.call(deleteVm, contextOf(owner), { id: vmId });
    await isGone(id);
  });
});

describe('the file of an image that is gone', () => {
  const kept = async (): Promise<string> => {
    const owner = await person();
    const id = await shared(owner);
    await vmOf(stranger, id);
    await close(owner);
    await isKept(id);
    await rests(id);
    return id;
  };
  /** The worker has looked at it and does not look again by itself within the test. */
  const rests = (id: string): Promise<boolean> =>
    eventually(async () => {
      const sql = `SELECT 1 FROM work WHERE kind = $1 AND resource_id = $2 AND lease_until < now() AND due_at > now() + interval '30 s'`;
      return (await em().query<unknown[]>(sql, [BASE_FILE, id])).length === 1;
    });
  const run = (id: string, beforeStep?: () => void) =>
    world.app.get(BaseFileReconciler).run(id, runOf(BASE_FILE, id, 1, beforeStep));

  it('is waited with while a VM stands on it', async () => {
    expect(await run(await kept())).toMatchObject({
      is: 'waiting',
      for: expect.stringContaining('1 VMs') as string,
    });
  });

  it.each([0, 1])('goes although its removal was killed before step %i', async (step) => {
    const id = await kept();
    await em().delete(Vm, { imageId: id });
    const killed = runKilledBefore(BASE_FILE, id, step);
    await world.app
      .get(BaseFileReconciler)
      .run(id, killed)
      .catch(() => undefined);
    expect(await em().existsBy(BaseFile, { imageId: id })).toBe(true);
    let steps = 0;
    expect(await run(id, () => void (steps += 1))).toEqual({ is: 'gone' });
    expect(steps).toBe(2);
    expect(await run(id)).toEqual({ is: 'gone' });
    await isGone(id);
  });
});
