import type { VmState, VmView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { InstanceNic, Vm } from '../../../../libs/entities/src/compute';
import { toNicView } from '../instances/nics.mapper';

export function toVmView(vm: Vm, nics: InstanceNic[]): VmView {
  return {
    ...resourceFields<VmState>(vm),
    imageId: vm.imageId,
    hostId: vm.hostId,
    location: vm.location,
    machineType: vm.machineType,
    vcpus: vm.vcpus,
    memory: vm.memoryMib,
    disk: vm.diskGib,
    nics: nics.map(toNicView),
    managedBy: vm.managedBy,
  };
}
