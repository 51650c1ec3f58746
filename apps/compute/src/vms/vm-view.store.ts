import type { VmView } from '@nubo/contracts';
import type { EntityManager } from 'typeorm';
import type { Vm } from '../../../../libs/entities/src/compute';
import { toVmView } from './vms.mapper';
import { nicsOf } from './vms.store';

/** A VM with its NICs, as people see it. */
export async function viewOf(em: EntityManager, vm: Vm): Promise<VmView> {
  const nics = await nicsOf(em, [vm.id]);
  return toVmView(vm, nics.get(vm.id) ?? []);
}
