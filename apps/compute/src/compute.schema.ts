import type { SchemaDefinition } from '@nubo/schema';
import { HostLeftover, Image, ImageCopy, Platform, Vm, VmNicRow } from '../../../libs/entities/src/compute';
import { IMAGES_MIGRATION } from './migrations/images.migration';
import { VMS_MIGRATION } from './migrations/vms.migration';

export const COMPUTE_SCHEMA: SchemaDefinition = {
  schema: 'compute',
  entities: [Image, ImageCopy, Vm, VmNicRow, HostLeftover, Platform],
  migrations: [IMAGES_MIGRATION, VMS_MIGRATION],
};
