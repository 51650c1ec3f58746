import type { VmNicView, VmState, VmView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { Vm, VmNicRow } from '../../../../libs/entities/src/compute';

export function toVmView(vm: Vm, nics: VmNicRow[]): VmView {
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
  };
}

const toNicView = ({ portId, subnetId, ip, wantedIp, mac }: VmNicRow): VmNicView => ({
  portId,
  subnetId,
  ip: ip ?? wantedIp,
  mac,
});
