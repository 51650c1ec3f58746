import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { snapshotVm, type ImageView, type RequestContext, type SnapshotVm } from '@nubo/contracts';
import { assertVersion, grant, Intentions, principalOf, requireAccess } from '@nubo/persistence';
import { reserve } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { Image, Snapshot, Vm } from '../../../../libs/entities/src/compute';
import { toImageView } from '../images/images.mapper';
import { assertCanBeHeld } from './snapshots.rules';
import { holdVm } from './snapshots.store';

/** Past it a snapshot counts as failed, and its VM is free again. */
const SNAPSHOT_MS = 60 * 60_000;

/** Saves VMs as images. */
@Injectable()
export class SnapshotsService {
  constructor(private readonly intentions: Intentions) {}

  create(ctx: RequestContext, input: SnapshotVm): Promise<ImageView> {
    return this.intentions.write(snapshotVm, ctx, input, async ({ em }) => {
      const access = { noun: 'VM', level: 'manage' as const, lock: true };
      const vm = await requireAccess(em, ctx, [Vm, input.id], access);
      assertVersion(ctx, vm);
      assertCanBeHeld(vm);
      const { userId, tenantId } = principalOf(ctx);
      const { name, description = '', metadata = {}, quiesce = false } = input;
      const id = randomUUID();
      await reserve(em, { tenantId, userId }, id, { images: 1 });
      const own = { id, tenantId, userId, name, description, metadata };
      await em.insert(Image, { ...own, source: 'vm', vmId: vm.id, state: 'creating' });
      await grant(em, id, { userId, tenantId }, 'manage');
      const from = { vmId: vm.id, hostId: vm.hostId, baseImageId: vm.imageId };
      await em.insert(Snapshot, { imageId: id, ...from, quiesce });
      await holdVm(em, vm, id, quiesce);
      await wake(em, 'snapshot', id, { deadlineMs: SNAPSHOT_MS });
      return toImageView(await em.findOneByOrFail(Image, { id }));
    });
  }
}
