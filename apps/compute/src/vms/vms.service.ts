import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  conflict,
  createVm,
  deleteVm,
  invalidFields,
  updateVm,
  listVms,
  type ById,
  type CreateVm,
  type ListInput,
  type Page,
  type RequestContext,
  type UpdateVm,
  type VmView,
} from '@nubo/contracts';
import {
  assertVersion,
  grant,
  Intentions,
  filterOn,
  limitToVisible,
  pageOfQuery,
  principalOf,
  requireAccess,
  type GrantLevel,
  type Intention,
} from '@nubo/persistence';
import { reserve } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Image, Vm, VmNicRow } from '../../../../libs/entities/src/compute';
import { PlacementService } from '../hosts/placement.service';
import { Ports } from './ports.driver';
import { toVmView } from './vms.mapper';
import { createErrors, DEADLINES, DEFAULT_MEMORY, DEFAULT_VCPUS, mayAsk, transition } from './vms.rules';
import { nicsOf } from './vms.store';

const FILTER = filterOn(Vm, listVms, {
  memory: 'memoryMib',
  disk: 'diskGib',
  'nics.portId': (vm) => nicsSql('CAST(nic.port_id AS text)', vm),
  'nics.subnetId': (vm) => nicsSql('CAST(nic.subnet_id AS text)', vm),
  'nics.ip': (vm) => nicsSql('COALESCE(nic.ip, nic.wanted_ip)', vm),
});

interface Size {
  vcpus: number;
  memoryMib: number;
  diskGib: number;
}

@Injectable()
export class VmsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly placement: PlacementService,
    private readonly ports: Ports,
  ) {}

  /** Other services are asked first; what they refuse counts only where this is no repetition of an answered request. */
  async create(ctx: RequestContext, input: CreateVm): Promise<VmView> {
    const errors = createErrors(input);
    if (errors.length > 0) throw invalidFields(errors);
    const [nics] = await Promise.allSettled([this.ports.check(ctx, input.nics)]);
    return this.intentions.write(createVm, ctx, input, (intention) => {
      if (nics.status === 'rejected') throw nics.reason;
      return this.insert(intention, input);
    });
  }

  list(ctx: RequestContext, input: ListInput): Promise<Page<VmView>> {
    return this.intentions.read(async (em) => {
      const query = limitToVisible(em.createQueryBuilder(Vm, 'vm'), ctx);
      const { items, ...rest } = await pageOfQuery(query, input, (vm) => vm, FILTER.for(ctx));
      const nics = await nicsOf(
        em,
        items.map(({ id }) => id),
      );
      return { ...rest, items: items.map((vm) => toVmView(vm, nics.get(vm.id) ?? [])) };
    });
  }

  get(ctx: RequestContext, id: string): Promise<VmView> {
    return this.intentions.read(async (em) => {
      const vm = await requireAccess(em, ctx, [Vm, id], { noun: 'VM', level: 'use' });
      return this.view(em, vm);
    });
  }

  update(ctx: RequestContext, input: UpdateVm): Promise<VmView> {
    const level = input.name === undefined && input.metadata === undefined ? 'use' : 'manage';
    return this.intentions.write(updateVm, ctx, input, async ({ em }) => {
      const vm = await this.mine(em, ctx, input.id, level);
      if (vm.state === 'deleting') throw conflict('vm_deleting', 'This VM is being deleted.');
      const before = JSON.stringify(vm);
      describe(vm, input);
      if (input.state) await this.ask(em, vm, input.state);
      if (JSON.stringify(vm) === before) return this.view(em, vm);
      Object.assign(vm, { version: vm.version + 1, updatedAt: new Date() });
      return this.view(em, await em.save(vm));
    });
  }

  /** Deleting twice is the same. */
  delete(ctx: RequestContext, input: ById): Promise<VmView> {
    return this.intentions.write(deleteVm, ctx, input, async ({ em }) => {
      const vm = await this.mine(em, ctx, input.id, 'manage');
      if (vm.state === 'deleting') return this.view(em, vm);
      Object.assign(vm, { state: 'deleting', stateReason: null, updatedAt: new Date() });
      Object.assign(vm, { version: vm.version + 1, generation: vm.generation + 1 });
      await em.save(vm);
      await wake(em, 'vm', vm.id, { deadlineMs: DEADLINES.delete });
      return this.view(em, vm);
    });
  }

  private async insert({ em, ctx }: Intention, input: CreateVm): Promise<VmView> {
    const { tenantId, userId } = principalOf(ctx);
    const id = randomUUID();
    const size = await this.sizeFor(em, ctx, input);
    const { vcpus, memoryMib: memory, diskGib: disk } = size;
    await reserve(em, { tenantId, userId }, id, { vms: 1, vcpus, memory, disk });
    const host = await this.placement.place(em, { ...size, location: input.location });
    const { name, imageId, sshKeys = [], userData = '', metadata = {} } = input;
    const wanted = { name, imageId, sshKeys, userData, metadata, wantedState: 'running' as const };
    const place = { hostId: host.id, location: host.location };
    await em.insert(Vm, { id, tenantId, userId, ...wanted, ...size, ...place, state: 'creating' });
    await em.insert(VmNicRow, nicRows(id, input));
    await grant(em, id, { userId, tenantId }, 'manage');
    await wake(em, 'vm', id, { deadlineMs: DEADLINES.create });
    return this.view(em, await em.findOneByOrFail(Vm, { id }));
  }

  /** What the VM takes. Throws when the caller may not use the image, or it is not ready, or does not fit. */
  private async sizeFor(em: EntityManager, ctx: RequestContext, input: CreateVm): Promise<Size> {
    const open = (row: Image): boolean => row.public;
    const access = { noun: 'image', level: 'use' as const, isOpen: open };
    await requireAccess(em, ctx, [Image, input.imageId], access);
    const image = await this.heldImage(em, input.imageId);
    const least = Math.max(1, image?.minDisk ?? 1);
    if (image?.state !== 'ready')
      throw conflict('image_not_ready', `The image is ${image?.state ?? 'gone'}, not ready.`);
    const diskGib = input.disk ?? least;
    if (diskGib < least)
      throw invalidFields([
        { field: 'disk', message: `must be at least ${least} (GiB): the image needs it` },
      ]);
    return { vcpus: input.vcpus ?? DEFAULT_VCPUS, memoryMib: input.memory ?? DEFAULT_MEMORY, diskGib };
  }

  /** Held until the transaction ends: an image cannot begin to be deleted while a VM is made from it. */
  private heldImage(em: EntityManager, id: string): Promise<Image | null> {
    return em.createQueryBuilder(Image, 'i').setLock('pessimistic_read').where({ id }).getOne();
  }

  private async ask(em: EntityManager, vm: Vm, wanted: 'running' | 'stopped'): Promise<void> {
    if (!mayAsk(vm.state, wanted))
      throw conflict('vm_wrong_state', `A VM that is ${vm.state} cannot be made ${wanted}.`, {
        state: vm.state,
      });
    const next = transition(vm.state, vm.wantedState, wanted);
    if (!next) return;
    Object.assign(vm, { wantedState: wanted, state: next, stateReason: null, generation: vm.generation + 1 });
    await wake(em, 'vm', vm.id, { deadlineMs: next === 'starting' ? DEADLINES.start : DEADLINES.stop });
  }

  private async mine(em: EntityManager, ctx: RequestContext, id: string, level: GrantLevel): Promise<Vm> {
    const vm = await requireAccess(em, ctx, [Vm, id], { noun: 'VM', level, lock: true });
    assertVersion(ctx, vm);
    return vm;
  }

  private async view(em: EntityManager, vm: Vm): Promise<VmView> {
    const nics = await nicsOf(em, [vm.id]);
    return toVmView(vm, nics.get(vm.id) ?? []);
  }
}

/** One value of every NIC, as text[]. */
const nicsSql = (value: string, vm: string): string =>
  `ARRAY(SELECT ${value} FROM vm_nics nic WHERE nic.vm_id = ${vm}.id )`;

const nicRows = (vmId: string, { nics }: CreateVm) =>
  nics.map(({ subnetId, ip }, position) => ({
    vmId,
    position,
    portId: randomUUID(),
    subnetId,
    wantedIp: ip ?? null,
    ip: null,
    mac: null,
  }));

/** PUT merges: absent keeps, null clears. */
function describe(vm: Vm, { name, metadata }: UpdateVm): void {
  if (name !== undefined) vm.name = name;
  if (metadata !== undefined) vm.metadata = metadata ?? {};
}
