import type { MachineTypeView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { MachineType } from '../../../../libs/entities/src/compute';

export function toMachineTypeView(type: MachineType): MachineTypeView {
  return {
    ...resourceFields<'ready'>(type),
    vcpus: type.vcpus,
    memory: type.memoryMib,
    disk: type.diskGib,
    description: type.description,
  };
}
