/** The parts of an installation, in the order in which they are started. */
import { join } from 'node:path';
import { type ProcessSpec } from '../child';
import { projectRoot } from '../files';
import { type PlatformPlace } from '../platform-place';
import { platformProcesses } from '../platform-processes';
import { type Part } from './units';

export const MIGRATIONS = 'migrations';

export async function partsOf(place: PlatformPlace): Promise<Part[]> {
  const { servers, sites, services } = await platformProcesses(place);
  const first = namesOf(servers.specs);
  const second = [...first, MIGRATIONS, ...namesOf(sites)];
  return [
    ...servers.specs.map((spec) => ({ spec, after: [] })),
    { spec: migrations(place, servers.databaseUrl), after: first, once: true },
    ...sites.map((spec) => ({ spec, after: first })),
    ...services.map(({ spec }) => ({
      spec,
      after: second,
      ...(spec.env?.DATABASE_URL && { requires: MIGRATIONS }),
    })),
  ];
}

const namesOf = (specs: readonly ProcessSpec[]): string[] => specs.map(({ name }) => name);

/** Services migrate by themselves too; here a migration that fails is seen before any of them is started. */
function migrations({ logDir }: PlatformPlace, databaseUrl: string): ProcessSpec {
  return {
    name: MIGRATIONS,
    command: process.execPath,
    args: ['--enable-source-maps', join(projectRoot(), 'dist', 'stack', 'migrate.js')],
    env: { NODE_ENV: 'production', DATABASE_URL: databaseUrl },
    cwd: projectRoot(),
    log: join(logDir, `${MIGRATIONS}.log`),
    notReady: async () => undefined,
  };
}
