import { deleteImage } from '@nubo/contracts';
import { GrantRow } from '@nubo/persistence';
import { LedgerEntry } from '@nubo/quota';
import { Run, type Outcome, type Reconciler } from '@nubo/reconcile';
import { contextOf, eventually, reconcilerKit, type KitWorld } from '@nubo/testing';
import { Image, Snapshot, Vm } from '../../../../libs/entities/src/compute';
import { ImageStore } from '../images/image-store.driver';
import { ImageReconciler } from '../images/images.reconciler';
import { VmsReconciler } from '../vms/vms.reconciler';
import { SnapshotReconciler } from './snapshots.reconciler';
import { SnapshotWorld } from './testing/snapshot-world';

let fence = Date.now();
const quietRun = (kind: string, id: string): Run =>
  new Run({ kind, id, fence: (fence += 1), attempt: 1, signal: new AbortController().signal });

/** The reconcilers that work together: dying is tried in those of the snapshot and the image. */
function together(world: SnapshotWorld): Reconciler {
  const { app, em } = world.compute;
  const [vms, snapshots, images] = [
    app.get(VmsReconciler),
    app.get(SnapshotReconciler),
    app.get(ImageReconciler),
  ];
  const runVm = async (imageId: string): Promise<void> => {
    const vmId = vmOf.get(imageId) ?? '';
    await vms.run(vmId, quietRun('vm', vmId));
  };
  const run = async (id: string, work: Run): Promise<Outcome> => {
    await runVm(id);
    const outcome = await snapshots.run(id, work);
    if (outcome.is !== 'gone') return outcome;
    await runVm(id);
    return (await em.existsBy(Image, { id })) ? images.run(id, work) : outcome;
  };
  return { kind: 'snapshot', run };
}

const vmOf = new Map<string, string>();

async function runningVm({ compute, ada, baseId }: SnapshotWorld): Promise<string> {
  const { id } = await compute.create(ada, { imageId: baseId });
  const vms = compute.app.get(VmsReconciler);
  for (let runs = 0; runs < 50; runs += 1) {
    await vms.run(id, quietRun('vm', id));
    if ((await compute.em.findOneByOrFail(Vm, { id })).state === 'running') return id;
    await new Promise((later) => setTimeout(later, 20));
  }
  throw new TypeError('the VM does not start');
}

async function kit(quiesce: boolean): Promise<KitWorld> {
  const world = await SnapshotWorld.open(true);
  const { compute, disks, host } = world;
  const { em } = compute;
  const store = compute.app.get(ImageStore);
  const guest = async (imageId: string) => {
    const vm = await em.findOneByOrFail(Vm, { id: vmOf.get(imageId) });
    const runs = compute.hypervisor.vm(host.id, vm.id)?.state.is;
    return {
      state: vm.state,
      held: vm.heldBy,
      hold: vm.hold,
      runs,
      paused: disks.paused.has(vm.id),
      frozen: disks.frozen.has(vm.id),
    };
  };
  return {
    reconciler: together(world),
    create: async () => {
      const vmId = await runningVm(world);
      const { id } = await world.save(vmId, { quiesce });
      vmOf.set(id, vmId);
      return id;
    },
    remove: async (id) => void (await compute.app.call(deleteImage, contextOf(world.ada), { id })),
    picture: async (id) => {
      const { state, stateReason, consistency, size, minDisk, source } = await em.findOneByOrFail(Image, {
        id,
      });
      const image = { state, stateReason, consistency, size, minDisk, source };
      return {
        image,
        guest: await guest(id),
        onHost: disks.files.get(id),
        delivered: await store.delivered(id),
      };
    },
    leftovers: async (id) => {
      const rows = await Promise.all([
        em.findBy(Image, { id }),
        em.findBy(Snapshot, { imageId: id }),
        em.findBy(LedgerEntry, { id }),
        em.findBy(GrantRow, { resourceId: id }),
        em.findBy(Vm, { heldBy: id }),
      ]);
      const { paused, frozen, runs } = await guest(id);
      const bad = paused || frozen || runs !== 'running';
      const files = [disks.files.get(id) ?? [], (await store.delivered(id)) > 0 ? 'delivery' : []].flat();
      return [...rows.flat(), ...files, ...(bad ? [{ paused, frozen, runs }] : [])];
    },
    stop: () => compute.stop(),
  };
}

reconcilerKit('snapshot of a VM that is stopped for it', () => kit(false));
reconcilerKit('snapshot of a VM that runs on', () => kit(true));

describe('a run that must end while its guest is paused', () => {
  let world: SnapshotWorld;
  beforeAll(async () => {
    world = await SnapshotWorld.open(true);
  }, 60_000);
  afterAll(() => world?.compute.stop());

  it.each([
    ['lets the guest go on', 0, false],
    ['leaves the guest to a newer run that has begun', 1_000, true],
  ])('%s', async (_, newer, isPaused) => {
    const { compute, disks } = world;
    const vmId = await runningVm(world);
    const { id } = await world.save(vmId, { quiesce: true });
    await compute.app.get(VmsReconciler).run(vmId, quietRun('vm', vmId));
    disks.faults.injectAlways('hang', 'copy');
    const copies = () => disks.faults.calls.filter((call) => call === 'copy').length;
    const before = copies();
    const end = new AbortController();
    const run = new Run({ kind: 'snapshot', id, fence: (fence += 1), attempt: 1, signal: end.signal });
    const ending = compute.app.get(SnapshotReconciler).run(id, run);
    await eventually(() => copies() > before);
    expect(disks.paused.has(vmId)).toBe(true);
    await compute.em.query('UPDATE work SET fence = $2 WHERE resource_id = $1', [id, fence + newer]);
    end.abort();
    await expect(ending).rejects.toThrow('lease lost during copy the disk');
    expect(disks.paused.has(vmId)).toBe(isPaused);
    disks.faults.clear();
  });
});
