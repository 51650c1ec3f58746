import { Injectable } from '@nestjs/common';
import {
  conflict,
  deleteVm,
  updateVm,
  listVms,
  Nothing,
  type ById,
  type ByIds,
  type ListInput,
  type Page,
  type RequestContext,
  type UpdateVm,
  type VmView,
} from '@nubo/contracts';
import {
  assertUnmanaged,
  Intentions,
  filterOn,
  limitToVisible,
  pageOfQuery,
  requireAccessWith,
} from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { In, type EntityManager } from 'typeorm';
import { Vm } from '../../../../libs/entities/src/compute';
import { toVmView } from './vms.mapper';
import { DEADLINES } from './vms.rules';
import { describe } from '../instances/description.store';
import { NICS, NIC_FILTERS } from '../instances/nics.store';
import { record } from '../instances/timeline.store';
import { VmPower } from './vm-power.service';
import { lockedVm, viewOf, viewsOf } from './vm-view.store';

const FILTER = filterOn(Vm, listVms, {
  memory: 'memoryMib',
  disk: 'diskGib',
  ...NIC_FILTERS,
});

@Injectable()
export class VmsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly power: VmPower,
  ) {}

  list(ctx: RequestContext, input: ListInput): Promise<Page<VmView>> {
    return this.intentions.read((em) => {
      const query = limitToVisible(em.createQueryBuilder(Vm, 'vm'), ctx);
      return pageOfQuery(query, input, { all: (vms) => viewsOf(em, vms) }, FILTER.for(ctx));
    });
  }

  get(ctx: RequestContext, id: string): Promise<VmView> {
    return this.intentions.read(async (em) => {
      return toVmView(...(await requireAccessWith(em, ctx, [Vm, id, NICS], { noun: 'VM', level: 'use' })));
    });
  }

  update(ctx: RequestContext, input: UpdateVm): Promise<VmView> {
    const level = input.name === undefined && input.metadata === undefined ? 'use' : 'manage';
    return this.intentions.write(updateVm, ctx, input, async (intention) => {
      const { em } = intention;
      const vm = await lockedVm(em, ctx, input.id, level);
      assertUnmanaged(vm, 'VM');
      if (vm.state === 'deleting') throw conflict('vm_deleting', 'This VM is being deleted.');
      const before = JSON.stringify(vm);
      await describe(intention, vm, input);
      if (input.state) await this.power.ask(intention, vm, input.state);
      if (JSON.stringify(vm) === before) return viewOf(em, vm);
      Object.assign(vm, { version: vm.version + 1, updatedAt: new Date() });
      return viewOf(em, await em.save(vm));
    });
  }

  /** Deleting twice is the same. */
  delete(ctx: RequestContext, input: ById): Promise<VmView> {
    return this.intentions.write(deleteVm, ctx, input, async ({ em }) => {
      const vm = await lockedVm(em, ctx, input.id, 'manage');
      assertUnmanaged(vm, 'VM');
      if (vm.state === 'deleting') return viewOf(em, vm);
      vm.version += 1;
      await record(em, vm.id, { event: 'delete-asked', by: ctx });
      await markDeleting(em, vm);
      return viewOf(em, vm);
    });
  }

  /** For another service. */
  find(_ctx: RequestContext, { ids }: ByIds): Promise<Page<VmView>> {
    return this.intentions.read(async (em) => ({
      items: await viewsOf(em, await em.findBy(Vm, { id: In(ids) })),
    }));
  }

  /** For another service. */
  async discard(ctx: RequestContext, { id }: ById): Promise<Nothing> {
    await this.intentions.apply(ctx, async ({ em }) => {
      const query = em.createQueryBuilder(Vm, 'vm').where({ id }).setLock('pessimistic_write');
      const vm = await query.getOne();
      if (vm && vm.state !== 'deleting') await markDeleting(em, vm);
    });
    return new Nothing();
  }
}

async function markDeleting(em: EntityManager, vm: Vm): Promise<void> {
  Object.assign(vm, { state: 'deleting', stateReason: null, updatedAt: new Date() });
  vm.generation += 1;
  await em.save(vm);
  await wake(em, 'vm', vm.id, { deadlineMs: DEADLINES.delete });
}
