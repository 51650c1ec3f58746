import type { SchemaDefinition } from '@nubo/schema';
import {
  BaseFile,
  Container,
  HappeningRow,
  HostLeftover,
  Image,
  ImageCopy,
  InstanceNic,
  InstanceUsage,
  MachineType,
  Platform,
  Snapshot,
  UploadTicketRow,
  Vm,
} from '../../../libs/entities/src/compute';
import { BASE_FILES_MIGRATION } from './migrations/base-files.migration';
import { CONTAINER_CONTENT_MIGRATION } from './migrations/container-content.migration';
import { CONTAINER_ENDS_MIGRATION } from './migrations/container-ends.migration';
import { CONTAINERS_MIGRATION } from './migrations/containers.migration';
import { DEFAULT_NICS_MIGRATION } from './migrations/default-nics.migration';
import { IMAGE_SOURCES_MIGRATION } from './migrations/image-sources.migration';
import { IMAGES_MIGRATION } from './migrations/images.migration';
import { MACHINE_TYPES_MIGRATION } from './migrations/machine-types.migration';
import { SEALED_VARIABLES_MIGRATION } from './migrations/sealed-variables.migration';
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
    InstanceNic,
    HostLeftover,
    Platform,
    MachineType,
    Snapshot,
    UploadTicketRow,
    HappeningRow,
    InstanceUsage,
    Container,
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
    CONTAINERS_MIGRATION,
    CONTAINER_ENDS_MIGRATION,
    CONTAINER_CONTENT_MIGRATION,
    SEALED_VARIABLES_MIGRATION,
  ],
};
