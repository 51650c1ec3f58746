import type { SchemaDefinition } from '@nubo/schema';
import { Address, Port, Subnet, Vpc } from '../../../libs/entities/src/network';
import { NETWORK_MIGRATIONS } from './migrations';

export const NETWORK_SCHEMA: SchemaDefinition = {
  schema: 'network',
  entities: [Vpc, Subnet, Port, Address],
  migrations: NETWORK_MIGRATIONS,
};
