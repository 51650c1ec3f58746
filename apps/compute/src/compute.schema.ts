import type { SchemaDefinition } from '@nubo/schema';
import { Image, ImageCopy } from '../../../libs/entities/src/compute';
import { IMAGES_MIGRATION } from './migrations/images.migration';

export const COMPUTE_SCHEMA: SchemaDefinition = {
  schema: 'compute',
  entities: [Image, ImageCopy],
  migrations: [IMAGES_MIGRATION],
};
