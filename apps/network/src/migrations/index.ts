import type { MigrationClass } from '@nubo/schema';
import { defaults } from './defaults';
import { managed } from './managed';
import { network } from './network';

export const NETWORK_MIGRATIONS: MigrationClass[] = [network, defaults, managed];
