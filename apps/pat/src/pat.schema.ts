import type { SchemaDefinition } from '@nubo/schema';
import { Mapping } from '../../../libs/entities/src/pat';
import { managed } from './migrations/managed';
import { mappings } from './migrations/mappings';

export const PAT_SCHEMA: SchemaDefinition = {
  schema: 'pat',
  entities: [Mapping],
  migrations: [mappings, managed],
};
