import type { MigrationClass } from '@nubo/schema';
import { defaults } from './defaults';
import { network } from './network';

export const NETWORK_MIGRATIONS: MigrationClass[] = [network, defaults];
