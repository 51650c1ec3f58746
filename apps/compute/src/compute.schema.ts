import type { SchemaDefinition } from '@nubo/schema';
import {
  BaseFile,
  HostLeftover,
  Image,
  ImageCopy,
  MachineType,
  Platform,
  Snapshot,
  UploadTicketRow,
  Vm,
  VmHappening,
  VmNicRow,
  VmUsage,
} from '../../../libs/entities/src/compute';
import { BASE_FILES_MIGRATION } from './migrations/base-files.migration';
import { DEFAULT_NICS_MIGRATION } from './migrations/default-nics.migration';
import { IMAGE_SOURCES_MIGRATION } from './migrations/image-sources.migration';
import { IMAGES_MIGRATION } from './migrations/images.migration';
import { MACHINE_TYPES_MIGRATION } from './migrations/machine-types.migration';
import { TIMELINE_MIGRATION } from './migrations/timeline.migration';
import { USAGE_MIGRATION } from './migrations/usage.migration';
import { SNAPSHOTS_MIGRATION } from './migrations/snapshots.migration';
import { TENANT_INDEXES_MIGRATION } from './migrations/tenant-indexes.migration';
import { VMS_MIGRATION } from './migrations/vms.migration';

export const COMPUTE_SCHEMA: SchemaDefinition = {
  schema: 'compute',
  entities: [
    Image,
    ImageCopy,
    BaseFile,
    Vm,
    VmNicRow,
    HostLeftover,
    Platform,
    MachineType,
    Snapshot,
    UploadTicketRow,
    VmHappening,
    VmUsage,
  ],
  migrations: [
    IMAGES_MIGRATION,
    VMS_MIGRATION,
    MACHINE_TYPES_MIGRATION,
    DEFAULT_NICS_MIGRATION,
    IMAGE_SOURCES_MIGRATION,
    SNAPSHOTS_MIGRATION,
    TIMELINE_MIGRATION,
    USAGE_MIGRATION,
    TENANT_INDEXES_MIGRATION,
    BASE_FILES_MIGRATION,
  ],
};
