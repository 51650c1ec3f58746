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
  Intentions,
  filterOn,
  limitToVisible,
  pageOfQuery,
  requireAccessWith,
  type Intention,
} from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { Vm } from '../../../../libs/entities/src/compute';
import { toVmView } from './vms.mapper';
import { DEADLINES } from './vms.rules';
import { NICS, nicsOf } from './vms.store';
import { record } from './timeline.store';
import { VmPower } from './vm-power.service';
import { lockedVm, viewOf } from './vm-view.store';

const FILTER = filterOn(Vm, listVms, {
  memory: 'memoryMib',
  disk: 'diskGib',
  'nics.portId': (vm) => nicsSql('CAST(nic.port_id AS text)', vm),
  'nics.subnetId': (vm) => nicsSql('CAST(nic.subnet_id AS text)', vm),
  'nics.ip': (vm) => nicsSql('COALESCE(nic.ip, nic.wanted_ip)', vm),
});

@Injectable()
export class VmsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly power: VmPower,
  ) {}

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
      return toVmView(...(await requireAccessWith(em, ctx, [Vm, id, NICS], { noun: 'VM', level: 'use' })));
    });
  }

  update(ctx: RequestContext, input: UpdateVm): Promise<VmView> {
    const level = input.name === undefined && input.metadata === undefined ? 'use' : 'manage';
    return this.intentions.write(updateVm, ctx, input, async (intention) => {
      const { em } = intention;
      const vm = await lockedVm(em, ctx, input.id, level);
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
      if (vm.state === 'deleting') return viewOf(em, vm);
      Object.assign(vm, { state: 'deleting', stateReason: null, updatedAt: new Date() });
      Object.assign(vm, { version: vm.version + 1, generation: vm.generation + 1 });
      await em.save(vm);
      await record(em, vm.id, { event: 'delete-asked', by: ctx });
      await wake(em, 'vm', vm.id, { deadlineMs: DEADLINES.delete });
      return viewOf(em, vm);
    });
  }
}

/** One value of every NIC, as text[]. */
const nicsSql = (value: string, vm: string): string =>
  `ARRAY(SELECT ${value} FROM vm_nics nic WHERE nic.vm_id = ${vm}.id )`;

/** PUT merges: absent keeps, null clears. */
async function describe({ em, ctx }: Intention, vm: Vm, { name, metadata }: UpdateVm): Promise<void> {
  if (name !== undefined && name !== vm.name) {
    await record(em, vm.id, { event: 'renamed', detail: `${vm.name} → ${name}`, by: ctx });
    vm.name = name;
  }
  if (metadata !== undefined) vm.metadata = metadata ?? {};
}
