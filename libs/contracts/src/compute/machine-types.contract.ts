import { Int, Name, Text } from '../wire/fields';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { Metadata, type MetadataMap } from '../wire/metadata';
import { operation } from '../wire/operation';
import { ById, Nothing, resourceView } from '../wire/resource';

export class CreateMachineType {
  @Name({ example: 'small' }) name!: string;
  @Int(1, 64) vcpus!: number;
  @Int(64, 1_048_576, { description: 'MiB' }) memory!: number;
  @Int(1, 65_536, { optional: true, description: 'GiB; default: what each VM’s image needs.' }) disk?: number;
  @Text({ optional: true, max: 1000 }) description?: string;
  @Metadata() metadata?: MetadataMap;
}

/** VMs keep the numbers that they were made with. */
export class UpdateMachineType extends ById {
  @Name({ optional: true }) name?: string;
  @Int(1, 64, { optional: true }) vcpus?: number;
  @Int(64, 1_048_576, { optional: true, description: 'MiB' }) memory?: number;
  @Int(1, 65_536, { optional: true, nullable: true, description: 'GiB' }) disk?: number | null;
  @Text({ optional: true, nullable: true, max: 1000 }) description?: string | null;
  @Metadata() metadata?: MetadataMap | null;
}

export class MachineTypeView extends resourceView(['ready']) {
  @Int(1, 64) vcpus!: number;
  @Int(64, 1_048_576, { description: 'MiB' }) memory!: number;
  @Int(1, 65_536, { nullable: true, description: 'GiB; null: what the image needs.' }) disk!: number | null;
  @Text({ max: 1000 }) description!: string;
}

export const createMachineType = operation(
  'compute.machine-types.create',
  CreateMachineType,
  MachineTypeView,
  { permission: 'admin' },
);
export const listMachineTypes = listOperation('compute.machine-types.list', MachineTypeView, {
  ...RESOURCE_FIELDS,
  vcpus: 'int',
  memory: 'int',
  disk: 'int',
  description: 'text',
});
export const getMachineType = operation('compute.machine-types.get', ById, MachineTypeView);
export const updateMachineType = operation(
  'compute.machine-types.update',
  UpdateMachineType,
  MachineTypeView,
  { permission: 'admin' },
);
export const deleteMachineType = operation('compute.machine-types.delete', ById, Nothing, {
  permission: 'admin',
});
