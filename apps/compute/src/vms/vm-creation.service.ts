import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  conflict,
  createVm,
  invalidFields,
  type CreateVm,
  type RequestContext,
  type VmNic,
  type VmView,
} from '@nubo/contracts';
import { grant, Intentions, principalOf, requireAccess, type Intention } from '@nubo/persistence';
import { reserve } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Image, Vm, VmNicRow, VmUsage } from '../../../../libs/entities/src/compute';
import { PlacementService } from '../hosts/placement.service';
import { machineTypeNamed } from '../machine-types/machine-types.service';
import { Ports } from './ports.driver';
import { sizeOf } from './size.rules';
import { record } from './timeline.store';
import { viewOf } from './vm-view.store';
import { createErrors, DEADLINES, nameFor } from './vms.rules';

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
      return this.insert(intention, input);
    });
  }

  private async insert({ em, ctx }: Intention, input: CreateVm): Promise<VmView> {
    const { tenantId, userId } = principalOf(ctx);
    const id = randomUUID();
    const image = await readyImage(em, ctx, input.imageId);
    const size = await wantedSize(em, input, image);
    const { vcpus, memoryMib: memory, diskGib: disk } = size;
    await reserve(em, { tenantId, userId }, id, { vms: 1, vcpus, memory, disk });
    const host = await this.placement.place(em, { ...size, location: input.location });
    const { imageId, machineType = null, sshKeys = [], userData = '', metadata = {} } = input;
    const name = input.name ?? nameFor(image.name, id);
    const wanted = { name, imageId, machineType, sshKeys, userData, metadata };
    const place = { hostId: host.id, location: host.location };
    const state = { state: 'creating' as const, wantedState: 'running' as const };
    await em.insert(Vm, { id, tenantId, userId, ...wanted, ...size, ...place, ...state });
    await record(em, id, { event: 'created', by: ctx });
    await record(em, id, { event: 'placed', detail: `on ${host.name} in ${host.location}` });
    await em.insert(VmUsage, { vmId: id });
    await em.insert(VmNicRow, nicRows(id, input.nics));
    await grant(em, id, { userId, tenantId }, 'manage');
    await wake(em, 'vm', id, { deadlineMs: DEADLINES.create });
    return viewOf(em, await em.findOneByOrFail(Vm, { id }));
  }
}

/** Throws when the caller may not use the image, or it is not ready. */
async function readyImage(em: EntityManager, ctx: RequestContext, id: string): Promise<Image> {
  const isOpen = (row: Image): boolean => row.public;
  await requireAccess(em, ctx, [Image, id], { noun: 'image', level: 'use', isOpen });
  const image = await heldImage(em, id);
  if (image?.state === 'ready') return image;
  throw conflict('image_not_ready', `The image is ${image?.state ?? 'gone'}, not ready.`);
}

/** Held until the transaction ends: an image cannot begin to be deleted while a VM is made from it. */
const heldImage = (em: EntityManager, id: string): Promise<Image | null> =>
  em.createQueryBuilder(Image, 'i').setLock('pessimistic_read').where({ id }).getOne();

async function wantedSize(em: EntityManager, input: CreateVm, image: Image) {
  const type = input.machineType === undefined ? undefined : await machineTypeNamed(em, input.machineType);
  return sizeOf(input, { type, least: Math.max(1, image.minDisk ?? 1) });
}

/** Where no network is named: one NIC without a subnet, which is the user's default network. */
const nicRows = (vmId: string, nics?: VmNic[]) =>
  (nics ?? [{ subnetId: null, ip: null }]).map(({ subnetId, ip }, position) => ({
    vmId,
    position,
    portId: randomUUID(),
    subnetId,
    wantedIp: ip ?? null,
    ip: null,
    mac: null,
  }));
