import type { RequestContext, VmView } from '@nubo/contracts';
import { assertVersion, requireAccess, type GrantLevel } from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { Vm } from '../../../../libs/entities/src/compute';
import { toVmView } from './vms.mapper';
import { nicsOf } from '../instances/nics.store';

/** VMs with their NICs, as people see them. */
export async function viewsOf(em: EntityManager, vms: Vm[]): Promise<VmView[]> {
  const nics = await nicsOf(
    em,
    vms.map(({ id }) => id),
  );
  return vms.map((vm) => toVmView(vm, nics.get(vm.id) ?? []));
}

export async function viewOf(em: EntityManager, vm: Vm): Promise<VmView> {
  const nics = await nicsOf(em, [vm.id]);
  return toVmView(vm, nics.get(vm.id) ?? []);
}

/** The VM if the caller has `level` on it, at the version that the caller knows, locked. */
export async function lockedVm(
  em: EntityManager,
  ctx: RequestContext,
  id: string,
  level: GrantLevel,
): Promise<Vm> {
  const vm = await requireAccess(em, ctx, [Vm, id], { noun: 'VM', level, lock: true });
  assertVersion(ctx, vm);
  return vm;
}
