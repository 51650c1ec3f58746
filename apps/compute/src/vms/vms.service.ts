import { Injectable } from '@nestjs/common';
import {
  conflict,
  deleteVm,
  updateVm,
  listVms,
  type ById,
  type ListInput,
  type Page,
  type RequestContext,
  type UpdateVm,
  type VmView,
} from '@nubo/contracts';
import {
  assertVersion,
  Intentions,
  filterOn,
  limitToVisible,
  pageOfQuery,
  requireAccess,
  type GrantLevel,
} from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Vm } from '../../../../libs/entities/src/compute';
import { toVmView } from './vms.mapper';
import { DEADLINES, mayAsk, transition } from './vms.rules';
import { nicsOf } from './vms.store';
import { viewOf } from './vm-view.store';

const FILTER = filterOn(Vm, listVms, {
  memory: 'memoryMib',
  disk: 'diskGib',
  'nics.portId': (vm) => nicsSql('CAST(nic.port_id AS text)', vm),
  'nics.subnetId': (vm) => nicsSql('CAST(nic.subnet_id AS text)', vm),
  'nics.ip': (vm) => nicsSql('COALESCE(nic.ip, nic.wanted_ip)', vm),
});

@Injectable()
export class VmsService {
  constructor(private readonly intentions: Intentions) {}

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
      return viewOf(em, vm);
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
      if (JSON.stringify(vm) === before) return viewOf(em, vm);
      Object.assign(vm, { version: vm.version + 1, updatedAt: new Date() });
      return viewOf(em, await em.save(vm));
    });
  }

  /** Deleting twice is the same. */
  delete(ctx: RequestContext, input: ById): Promise<VmView> {
    return this.intentions.write(deleteVm, ctx, input, async ({ em }) => {
      const vm = await this.mine(em, ctx, input.id, 'manage');
      if (vm.state === 'deleting') return viewOf(em, vm);
      Object.assign(vm, { state: 'deleting', stateReason: null, updatedAt: new Date() });
      Object.assign(vm, { version: vm.version + 1, generation: vm.generation + 1 });
      await em.save(vm);
      await wake(em, 'vm', vm.id, { deadlineMs: DEADLINES.delete });
      return viewOf(em, vm);
    });
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
}

/** One value of every NIC, as text[]. */
const nicsSql = (value: string, vm: string): string =>
  `ARRAY(SELECT ${value} FROM vm_nics nic WHERE nic.vm_id = ${vm}.id )`;

/** PUT merges: absent keeps, null clears. */
function describe(vm: Vm, { name, metadata }: UpdateVm): void {
  if (name !== undefined) vm.name = name;
  if (metadata !== undefined) vm.metadata = metadata ?? {};
}
