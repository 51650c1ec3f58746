import {
  createMachineType,
  deleteMachineType,
  getMachineType,
  listMachineTypes,
  MachineTypeView,
  updateMachineType,
} from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun, Reads, Updates } from '../rest/route.decorator';

@Noun('iaas/machine-types', 'Machine types')
export class MachineTypesController {
  constructor(private readonly rest: Rest) {}

  @Lists(listMachineTypes, MachineTypeView, 'List the machine types')
  listMachineTypes(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(createMachineType, 'Add a machine type')
  createMachineType(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Reads(getMachineType, 'Show a machine type')
  getMachineType(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Updates(updateMachineType, 'Change a machine type; VMs keep the numbers that they were made with')
  updateMachineType(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }

  @Deletes(deleteMachineType, 'Remove a machine type; VMs made from it stay as they are')
  deleteMachineType(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
