/** One Postgres and one NATS for a whole test run. */
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from './files';
import { separateBusesConfig, startNats } from './nats';
import { freePort } from './ports';
import { startPostgres } from './postgres';
import { type Server } from './server';

export interface TestServers {
  readonly postgres: Server;
  readonly nats: Server;
  /** Stops both and removes their data. */
  stop(): Promise<void>;
}

/** More than there are test files: each takes the next one (libs/testing). */
const BUSES = 200;

/** Free ports, no fsync, data in a folder of its own. */
export async function startTestServers(): Promise<TestServers> {
  const folder = temporaryFolder();
  const servers: Server[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    removeFolder(folder);
  };
  try {
    const postgres = await testPostgres(folder);
    servers.push(postgres);
    const nats = await testNats(folder);
    servers.push(nats);
    return { postgres, nats, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A folder that servers of another user may pass. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nubo-test-'));
  chmodSync(folder, 0o755);
  return folder;
}

async function testPostgres(folder: string): Promise<Server> {
  const port = await freePort();
  return startPostgres({ dir: join(folder, 'postgres'), port, password: 'test', fsync: false });
}

async function testNats(folder: string): Promise<Server> {
  const login = { user: 'admin', password: 'test' };
  const port = await freePort();
  return startNats({
    dir: join(folder, 'nats'),
    port,
    config: separateBusesConfig(login.password, BUSES),
    login,
  });
}
