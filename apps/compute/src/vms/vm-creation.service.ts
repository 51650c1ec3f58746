import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  createVm,
  invalidFields,
  type CreateVm,
  type EnsureVm,
  type RequestContext,
  type VmView,
} from '@nubo/contracts';
import { grant, Intentions, principalOf, type Intention } from '@nubo/persistence';
import { reserve } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { InstanceNic, InstanceUsage, Vm, type Image } from '../../../../libs/entities/src/compute';
import { PlacementService } from '../hosts/placement.service';
import { machineTypeNamed } from '../machine-types/machine-types.service';
import { imageToUse, keptImage } from '../instances/image-use.store';
import { nameFor } from '../instances/instances.rules';
import { madeBefore, type Ownership } from '../instances/ownership.store';
import { nicRows } from '../instances/nics.store';
import { Ports } from '../instances/ports.driver';
import { record } from '../instances/timeline.store';
import { sizeOf } from './size.rules';
import { viewOf } from './vm-view.store';
import { createErrors, DEADLINES } from './vms.rules';

/** What is asked for, by whomever. */
type Wish = CreateVm & Pick<EnsureVm, 'hostId'>;

/** Writes the intention of a new VM. */
@Injectable()
export class VmCreation {
  constructor(
    private readonly intentions: Intentions,
    private readonly placement: PlacementService,
    private readonly ports: Ports,
  ) {}

  /** Other services are asked first; what they refuse counts only where this is no repetition of an answered request. */
  async create(ctx: RequestContext, input: CreateVm): Promise<VmView> {
    const errors = createErrors(input);
    if (errors.length > 0) throw invalidFields(errors);
    const [nics] = await Promise.allSettled([this.ports.check(ctx, input.nics ?? [])]);
    return this.intentions.write(createVm, ctx, input, (intention) => {
      if (nics.status === 'rejected') throw nics.reason;
      const { tenantId, userId } = principalOf(ctx);
      const whose = { tenantId, userId, managedBy: null, level: 'manage' as const };
      return this.insert(intention, { ...whose, id: randomUUID() }, input);
    });
  }

  /** For another service: what there is already under that id stays as it is. */
  async ensure(ctx: RequestContext, input: EnsureVm): Promise<VmView> {
    const { id, tenantId, userId, managedBy } = input;
    return this.intentions.apply(ctx, async (intention) => {
      const known = await madeBefore(intention.em, Vm, id);
      if (known) return viewOf(intention.em, known);
      const wish = { ...input, imageId: await keptImage(intention.em, input, 'vm') };
      const errors = createErrors(wish);
      if (errors.length > 0) throw invalidFields(errors);
      return this.insert(intention, { id, tenantId, userId, managedBy, level: 'use' }, wish);
    });
  }

  private async insert({ em, ctx }: Intention, whose: Ownership, input: Wish): Promise<VmView> {
    const { id, tenantId, userId, managedBy, level } = whose;
    const image = await imageToUse(em, ctx, input.imageId, 'vm');
    const size = await wantedSize(em, input, image);
    const { vcpus, memoryMib: memory, diskGib: disk } = size;
    await reserve(em, { tenantId, userId }, id, { vms: 1, vcpus, memory, disk });
    const host = await this.placement.place(em, { ...size, location: input.location, hostId: input.hostId });
    const { imageId, machineType = null, sshKeys = [], userData = '', metadata = {} } = input;
    const name = input.name ?? nameFor(image.name, id);
    const wanted = { name, imageId, machineType, sshKeys, userData, metadata, managedBy };
    const place = { hostId: host.id, location: host.location };
    const state = { state: 'creating' as const, wantedState: 'running' as const };
    await em.insert(Vm, { id, tenantId, userId, ...wanted, ...size, ...place, ...state });
    await record(em, id, { event: 'created', by: ctx });
    await record(em, id, { event: 'placed', detail: `on ${host.name} in ${host.location}` });
    await em.insert(InstanceUsage, { instanceId: id });
    await em.insert(InstanceNic, nicRows(id, input.nics));
    await grant(em, id, { userId, tenantId }, level);
    await wake(em, 'vm', id, { deadlineMs: DEADLINES.create });
    return viewOf(em, await em.findOneByOrFail(Vm, { id }));
  }
}

async function wantedSize(em: EntityManager, input: CreateVm, image: Image) {
  const type = input.machineType === undefined ? undefined : await machineTypeNamed(em, input.machineType);
  return sizeOf(input, { type, least: Math.max(1, image.minDisk ?? 1) });
}
