/** The rows of snapshots, and the hold that they have on VMs. */
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { serviceContext, type Consistency, type VmState } from '@nubo/contracts';
import { Fleet, type Host } from '@nubo/fleet';
import { Intentions } from '@nubo/persistence';
import { isTaken, wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Image, Snapshot, Vm } from '../../../../libs/entities/src/compute';
import { CREATE_MS } from '../images/images.service';
import { DEADLINES } from '../vms/vms.rules';

export interface KnownSnapshot {
  snapshot: Snapshot;
  image: Image | null;
  vm: Vm | null;
  /** null: the host was removed from the platform. */
  host: Host | null;
}

/** From now on the VM's reconciler keeps it off, or as it is, until it is released. The row is locked by the caller. */
export async function holdVm(em: EntityManager, vm: Vm, imageId: string, quiesce: boolean): Promise<void> {
  Object.assign(vm, { heldBy: imageId, hold: quiesce ? 'as-is' : 'off', generation: vm.generation + 1 });
  if (!quiesce && vm.state === 'running')
    Object.assign(vm, { state: 'stopping', stateReason: 'It is stopped while its disk is copied.' });
  await em.save(vm);
  await wake(em, 'vm', vm.id, { deadlineMs: DEADLINES.stop });
}

/** What was asked of a VM that ran on while it was held begins only when it is released. */
const BEGINS: Partial<Record<VmState, number>> = {
  starting: DEADLINES.start,
  stopping: DEADLINES.stop,
  rebooting: DEADLINES.reboot,
};

/** The VM goes back to what is wanted of it. One that is being deleted stays so. */
async function releaseVm(em: EntityManager, imageId: string): Promise<void> {
  const sql = `UPDATE vms SET held_by = NULL, hold = NULL, generation = generation + 1, updated_at = now(),
      state = CASE WHEN hold = 'off' AND wanted_state = 'running' AND state <> 'deleting' THEN 'starting' ELSE state END,
      state_reason = CASE WHEN hold = 'off' AND state <> 'deleting' THEN NULL ELSE state_reason END
    WHERE held_by = $1 RETURNING id, state`;
  const [rows] = await em.query<[{ id: string; state: VmState }[], number]>(sql, [imageId]);
  for (const { id, state } of rows) await wake(em, 'vm', id, { deadlineMs: BEGINS[state] });
}

@Injectable()
export class SnapshotStore {
  constructor(
    private readonly intentions: Intentions,
    private readonly fleet: Fleet,
  ) {}

  load(imageId: string): Promise<KnownSnapshot | null> {
    return this.intentions.read(async (em) => {
      const snapshot = await em.findOneBy(Snapshot, { imageId });
      if (!snapshot) return null;
      const image = await em.findOneBy(Image, { id: imageId });
      const vm = await em.findOneBy(Vm, { id: snapshot.vmId });
      return { snapshot, image, vm, host: await this.fleet.find(snapshot.hostId, em) };
    });
  }

  /** Whether a newer run works at the snapshot than the one with that fence. Nobody begins one while the database is away. */
  async isTaken(imageId: string, fence: number): Promise<boolean> {
    const work = { kind: 'snapshot', resourceId: imageId, fence };
    return this.intentions.read((em) => isTaken(em, work)).catch(() => false);
  }

  /** The disk is copied, and the VM free. False when the VM is being deleted: that wins. */
  copied(imageId: string, consistency: Consistency): Promise<boolean> {
    return this.intentions.apply(context(), async ({ em }) => {
      const query = em.createQueryBuilder(Vm, 'vm').where({ heldBy: imageId }).setLock('pessimistic_write');
      const vm = await query.getOne();
      if (!vm || vm.state === 'deleting') return false;
      await em.update(Snapshot, { imageId }, { copied: true });
      await em.update(Image, { id: imageId }, { consistency });
      await releaseVm(em, imageId);
      return true;
    });
  }

  async delivered(imageId: string): Promise<void> {
    await this.intentions.read((em) => em.update(Snapshot, { imageId }, { delivered: true }));
  }

  release(imageId: string): Promise<void> {
    return this.intentions.apply(context(), ({ em }) => releaseVm(em, imageId));
  }

  /** The snapshot's part is done, or will never be; the image's reconciler goes on. */
  forget(imageId: string): Promise<void> {
    return this.intentions.apply(context(), async ({ em }) => {
      await em.delete(Snapshot, { imageId });
      await wake(em, 'image', imageId, { deadlineMs: CREATE_MS });
    });
  }

  async note(
    imageId: string,
    values: Pick<Partial<Image>, 'state' | 'stateReason' | 'progress'>,
  ): Promise<void> {
    await this.intentions.read((em) => em.update(Image, { id: imageId, state: 'creating' }, values));
  }
}

const context = () => serviceContext('compute', randomUUID());
