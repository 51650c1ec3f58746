import type { MigrationClass } from '@nubo/schema';
import { network } from './network';

export const NETWORK_MIGRATIONS: MigrationClass[] = [network];
