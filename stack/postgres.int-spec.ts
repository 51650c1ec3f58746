import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { removeFolder } from './files';
import { freePort } from './ports';
import { type PostgresOptions, startPostgres } from './postgres';
import { processesIn } from './process-table';
import { type Server } from './server';
import { temporaryFolder } from './testing';

jest.setTimeout(60_000);

describe('embedded Postgres', () => {
  let folder: string;
  let options: PostgresOptions;
  let server: Server;

  beforeAll(async () => {
    folder = temporaryFolder();
    options = { dir: join(folder, 'pg'), port: await freePort(), password: 's3cret/?', fsync: true };
    server = await startPostgres(options);
    await query(server.url, 'CREATE TABLE note (text text)');
  });
  afterAll(async () => {
    await server.stop();
    removeFolder(folder);
  });

  it('takes the password that it was made with', async () => {
    const [row] = await query(server.url, 'SELECT current_user AS login, current_database() AS database');
    expect(row).toEqual({ login: 'nubo', database: 'nubo' });
  });

  it('refuses another password', async () => {
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('listens on the loopback address only and never runs as root', async () => {
    const [row] = await query(server.url, "SELECT current_setting('listen_addresses') AS listens");
    expect(row).toEqual({ listens: '127.0.0.1' });
    expect(uidOf(server.pid)).not.toBe(0);
  });

  it('keeps its data across stop and start', async () => {
    await query(server.url, "INSERT INTO note VALUES ('before the stop')");
    await server.stop();
    expect(processesIn(options.dir)).toEqual([]);
    server = await startPostgres(options);
    expect(await notes()).toContain('before the stop');
  });

  it('keeps what was committed before kill -9, and starts at once although backends were at work', async () => {
    const busy = new Client(server.url);
    busy.on('error', () => undefined);
    await busy.connect();
    const sleeping = busy.query('SELECT pg_sleep(60)').catch(() => undefined);
    await query(server.url, "INSERT INTO note VALUES ('before the kill')");
    server.kill('SIGKILL');
    await server.exited;
    server = await startPostgres(options);
    await sleeping;
    expect(await notes()).toContain('before the kill');
  });

  it('starts when the lock file names a pid that now belongs to another program', async () => {
    await server.stop();
    writeFileSync(join(options.dir, 'postmaster.pid'), `${process.pid}\n${options.dir}\n`);
    server = await startPostgres(options);
    expect(await notes()).toContain('before the stop');
  });

  const notes = async (): Promise<unknown[]> =>
    (await query(server.url, 'SELECT text FROM note')).map((row) => row.text);
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function uidOf(pid: number): number {
  return statSync(`/proc/${pid}`).uid;
}
