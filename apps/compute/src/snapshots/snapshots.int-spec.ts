import {
  deleteImage,
  deleteVm,
  getVm,
  snapshotVm,
  updateVm,
  type ImageState,
  type ImageView,
  type Principal,
  type VmState,
  type VmView,
} from '@nubo/contracts';
import { grant } from '@nubo/persistence';
import { quotaDriftOf } from '@nubo/quota';
import { contextOf, eventually } from '@nubo/testing';
import { Image, Snapshot, Vm } from '../../../../libs/entities/src/compute';
import { ImageStore } from '../images/image-store.driver';
import { SnapshotReconciler } from './snapshots.reconciler';
import { SnapshotWorld } from './testing/snapshot-world';

jest.setTimeout(120_000);
/** What failed is tried again after a pause that chance decides. */
const PATIENCE = { withinMs: 60_000 };

let world: SnapshotWorld;
beforeAll(async () => {
  world = await SnapshotWorld.open(false);
});
afterAll(() => world?.compute.stop());
afterEach(() => {
  world.disks.faults.clear();
  Object.assign(world.disks, { hasAgent: true, isTooLarge: false });
  world.compute.hypervisor.obeysShutdown = true;
});

const vm = (id: string): Promise<VmView> => world.compute.app.call(getVm, contextOf(world.ada), { id });
const vmBecomes = (id: string, state: VmState): Promise<unknown> =>
  eventually(async () => (await vm(id)).state === state, PATIENCE);
const becomes = (id: string, state: ImageState): Promise<ImageView> =>
  eventually(async () => {
    const image = await world.look(id);
    return image.state === state && image;
  }, PATIENCE);
const startsOf = (id: string): number => world.compute.hypervisor.vm(world.host.id, id)?.starts ?? 0;
const ask = (id: string, state: 'running' | 'stopped') =>
  world.compute.app.call(updateVm, contextOf(world.ada), { id, state });
const drop = (id: string) => world.compute.app.call(deleteVm, contextOf(world.ada), { id });

async function running(): Promise<string> {
  const { id } = await world.compute.create(world.ada, { imageId: world.baseId });
  await vmBecomes(id, 'running');
  return id;
}

/** Nothing is left of it but the image. */
async function over(imageId: string): Promise<void> {
  await eventually(async () => !(await world.compute.em.existsBy(Snapshot, { imageId })));
  expect(world.disks.files.has(imageId)).toBe(false);
  expect(await world.compute.em.existsBy(Vm, { heldBy: imageId })).toBe(false);
}

describe('a VM is saved as an image', () => {
  it('only while it is what the asker has seen', async () => {
    const id = await running();
    const { version } = await vm(id);
    const ctx = contextOf(world.ada, { ifMatch: version + 1 });
    const stale = world.compute.app.call(snapshotVm, ctx, { id, name: 'stale' });
    await expect(stale).rejects.toMatchObject({ kind: 'precondition', details: { version } });
    expect(await world.compute.em.existsBy(Snapshot, { vmId: id })).toBe(false);
  });

  it('that runs: it is stopped, copied and started again', async () => {
    const id = await running();
    const made = await world.save(id, { description: 'before the upgrade' });
    expect(made).toMatchObject({
      state: 'creating',
      source: 'vm',
      vmId: id,
      description: 'before the upgrade',
    });
    const image = await becomes(made.id, 'ready');
    expect(image).toMatchObject({ consistency: 'stopped', minDisk: 1, progress: 100 });
    await vmBecomes(id, 'running');
    expect(startsOf(id)).toBe(2);
    await over(image.id);
    expect(await quotaDriftOf(world.compute.em)).toBe(0);
    const { id: next } = await world.compute.create(world.ada, { imageId: image.id, disk: 1 });
    await vmBecomes(next, 'running');
  });

  it('that is stopped: it stays so', async () => {
    const id = await running();
    await ask(id, 'stopped');
    await vmBecomes(id, 'stopped');
    const { id: imageId } = await world.save(id);
    expect(await becomes(imageId, 'ready')).toMatchObject({ consistency: 'stopped' });
    await over(imageId);
    expect([(await vm(id)).state, startsOf(id)]).toEqual(['stopped', 1]);
  });

  it('that does not shut down: its power is cut, and the image says what that means', async () => {
    const id = await running();
    world.compute.hypervisor.obeysShutdown = false;
    const { id: imageId } = await world.save(id);
    await eventually(async () => (await world.compute.em.findOneByOrFail(Vm, { id })).stopAskedAt !== null);
    const long = new Date(Date.now() - 60_000);
    await world.compute.em.update(Vm, { id }, { stopAskedAt: long });
    expect(await becomes(imageId, 'ready')).toMatchObject({ consistency: 'crash' });
    await vmBecomes(id, 'running');
  });

  it.each([
    [true, 'frozen'],
    [false, 'crash'],
  ])('while it runs, with an agent (%s): file systems are %s', async (hasAgent, consistency) => {
    const id = await running();
    world.disks.hasAgent = hasAgent;
    const { id: imageId } = await world.save(id, { quiesce: true });
    expect(await becomes(imageId, 'ready')).toMatchObject({ consistency });
    await over(imageId);
    expect(world.disks.copiedInPeace.has(id)).toBe(true);
    expect([world.disks.paused.size, world.disks.frozen.size, startsOf(id)]).toEqual([0, 0, 1]);
    expect((await vm(id)).state).toBe('running');
  });
});

describe('a guest that was paused goes on', () => {
  it.each(['pause', 'copy', 'freeze', 'goOn'])('when %s fails, or its answer is lost', async (call) => {
    for (const fault of ['fail', 'fail-after'] as const) {
      const id = await running();
      world.disks.faults.inject(fault, 1, call);
      const { id: imageId } = await world.save(id, { quiesce: true });
      await becomes(imageId, 'ready');
      await over(imageId);
      expect([world.disks.paused.has(id), world.disks.frozen.has(id)]).toEqual([false, false]);
      await drop(id);
    }
  });

  it('when the snapshot takes too long, and the image says so', async () => {
    const id = await running();
    world.disks.faults.injectAlways('fail', 'copy');
    const { id: imageId } = await world.save(id, { quiesce: true });
    await eventually(async () => (await world.look(imageId)).stateReason?.includes('copy failed'));
    await world.compute.app.get(SnapshotReconciler).expired(imageId, 'copy the disk: no room');
    expect(await becomes(imageId, 'error')).toMatchObject({ stateReason: 'copy the disk: no room' });
    await over(imageId);
    expect(world.disks.paused.has(id)).toBe(false);
  });
});

describe('a disk that is copied, whose VM is gone', () => {
  /** Its copy does not get to stand alone until {@link goOn}. */
  async function copied(): Promise<[imageId: string, baseId: string]> {
    const baseId = await world.compute.image(world.ada);
    const { id } = await world.compute.create(world.ada, { imageId: baseId });
    await vmBecomes(id, 'running');
    world.disks.faults.injectAlways('fail', 'flatten');
    const { id: imageId } = await world.save(id);
    await eventually(() => world.compute.em.existsBy(Snapshot, { imageId, copied: true }));
    await drop(id);
    await eventually(async () => !(await world.compute.em.existsBy(Vm, { id })));
    return [imageId, baseId];
  }
  async function goOn(imageId: string): Promise<void> {
    world.disks.faults.clear();
    await world.compute.em.query(`UPDATE work SET due_at = now(), wakes = wakes + 1 WHERE resource_id = $1`, [
      imageId,
    ]);
  }

  it('keeps the image below it until it stands alone', async () => {
    const [imageId, id] = await copied();
    await world.compute.app.call(deleteImage, contextOf(world.ada), { id });
    await eventually(async () => {
      const sql = 'SELECT last_error FROM work WHERE resource_id = $1';
      const [work] = await world.compute.em.query<{ last_error: string }[]>(sql, [id]);
      return !work || work.last_error?.includes('to be saved');
    });
    expect(await world.compute.em.existsBy(Image, { id })).toBe(true);
    await goOn(imageId);
    await becomes(imageId, 'ready');
    await eventually(async () => !(await world.compute.em.existsBy(Image, { id })));
  });

  it('is no image when only a part of it came in time', async () => {
    const [imageId] = await copied();
    const store = world.compute.app.get(ImageStore);
    const file = await store.openDelivery(imageId, 0);
    await file.write(world.disks.content, 0, world.disks.content.length - 65_536);
    await file.close();
    await world.compute.app.get(SnapshotReconciler).expired(imageId, 'fetch the disk: too slow');
    await goOn(imageId);
    await over(imageId);
    expect(await store.delivered(imageId)).toBe(0);
    await eventually(async () => {
      const sql = 'SELECT due_at FROM work WHERE resource_id = $1';
      const [work] = await world.compute.em.query<{ due_at: Date | null }[]>(sql, [imageId]);
      return !work?.due_at || String(work.due_at) === 'Infinity';
    });
    expect(await world.look(imageId)).toMatchObject({
      state: 'error',
      stateReason: 'fetch the disk: too slow',
    });
  });
});

describe('while a VM is saved', () => {
  it('it is not saved a second time', async () => {
    const id = await running();
    world.disks.faults.injectAlways('fail', 'copy');
    const { id: imageId } = await world.save(id);
    await expect(world.save(id)).rejects.toMatchObject({ kind: 'conflict' });
    world.disks.faults.clear();
    await becomes(imageId, 'ready');
  });

  it('it starts only afterwards, however it is asked', async () => {
    const id = await running();
    world.disks.faults.injectAlways('fail', 'copy');
    const { id: imageId } = await world.save(id);
    await vmBecomes(id, 'stopped');
    await ask(id, 'stopped');
    await ask(id, 'running');
    world.disks.faults.clear();
    await becomes(imageId, 'ready');
    await vmBecomes(id, 'running');
    expect(world.disks.copiedInPeace.has(id)).toBe(true);
  });

  it('what is asked of it has its time once it is released', async () => {
    const deadline = async () => {
      const sql = `SELECT deadline_at AS at FROM work WHERE kind = 'vm' AND resource_id = $1`;
      const [work] = await world.compute.em.query<{ at: Date | null }[]>(sql, [id]);
      return work?.at;
    };
    const id = await running();
    world.compute.hypervisor.obeysShutdown = false;
    world.disks.faults.injectAlways('fail', 'copy');
    const { id: imageId } = await world.save(id, { quiesce: true });
    await ask(id, 'stopped');
    await eventually(async () => (await deadline()) === null);
    world.disks.faults.clear();
    await becomes(imageId, 'ready');
    expect(await deadline()).toBeInstanceOf(Date);
  });

  it('its deletion wins, and the image says why there is none', async () => {
    const id = await running();
    world.disks.faults.injectAlways('fail', 'copy');
    const { id: imageId } = await world.save(id);
    await vmBecomes(id, 'stopped');
    await drop(id);
    const { stateReason } = await becomes(imageId, 'error');
    expect(stateReason).toBe('The VM was deleted before its disk was copied.');
    await eventually(async () => !(await world.compute.em.existsBy(Vm, { id })));
    await over(imageId);
  });

  it('the image may be deleted: the VM is free again', async () => {
    const id = await running();
    world.disks.faults.injectAlways('fail', 'copy');
    const { id: imageId } = await world.save(id);
    await vmBecomes(id, 'stopped');
    await world.compute.em.update(Image, { id: imageId }, { state: 'deleting' });
    await world.compute.em.query(`UPDATE work SET due_at = now(), wakes = wakes + 1 WHERE resource_id = $1`, [
      imageId,
    ]);
    await over(imageId);
    await vmBecomes(id, 'running');
  });
});

describe('a VM is not saved', () => {
  it('that became too large: the image says so, and the VM runs', async () => {
    const id = await running();
    world.disks.isTooLarge = true;
    const { id: imageId } = await world.save(id);
    expect((await becomes(imageId, 'error')).stateReason).toContain('larger');
    await over(imageId);
    await vmBecomes(id, 'running');
  });

  it('by who may only use it, nor by a stranger', async () => {
    const id = await running();
    const bob: Principal = await world.compute.person('member');
    await expect(world.save(id, {}, bob)).rejects.toMatchObject({ kind: 'not_found' });
    await grant(world.compute.em, id, bob, 'use');
    await expect(world.save(id, {}, bob)).rejects.toMatchObject({ kind: 'forbidden' });
    await grant(world.compute.em, id, bob, 'manage');
    const image = await world.save(id, {}, bob);
    expect(image.tenantId).toBe(bob.tenantId);
  });

  it('beyond the quota of images', async () => {
    const bob = await world.compute.person();
    const { id } = await world.compute.create(bob, { imageId: await world.compute.image(bob) });
    await eventually(async () => (await world.compute.em.findOneByOrFail(Vm, { id })).state === 'running');
    await world.compute.em.query(
      `UPDATE quota.usage SET "limit" = 0 WHERE tenant_id = $1 AND kind = 'images'`,
      [bob.tenantId],
    );
    await expect(world.save(id, {}, bob)).rejects.toMatchObject({ kind: 'exhausted' });
    expect((await world.compute.em.findOneByOrFail(Vm, { id })).heldBy).toBeNull();
  });
});
