import { Flag, Name, Text } from '../wire/fields';
import { Metadata, type MetadataMap } from '../wire/metadata';
import { operation } from '../wire/operation';
import { ById } from '../wire/resource';
import { ImageView } from './images.contract';

export class SnapshotVm extends ById {
  @Name() name!: string;
  @Text({ optional: true, max: 1000 }) description?: string;
  @Flag({
    optional: true,
    description:
      'Keep the VM running: it is paused for as long as its own disk is copied. Default: it is stopped, and started again.',
  })
  quiesce?: boolean;
  @Metadata() metadata?: MetadataMap;
}

export const snapshotVm = operation('compute.vms.snapshots.create', SnapshotVm, ImageView);
