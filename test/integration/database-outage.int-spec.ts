import { join } from 'node:path';
import { overrideSettings } from '@nubo/config';
import { contextOf, eventually, someone } from '@nubo/testing';
import { type Intention } from '@nubo/persistence';
import { MakeThing, makeThing, Store, Thing, thing } from '../../libs/persistence/src/testing/store';
import { removeFolder } from '../../stack/files';
import { freePort } from '../../stack/ports';
import { type PostgresOptions, startPostgres } from '../../stack/postgres';
import { type Server } from '../../stack/server';
import { temporaryFolder } from '../../stack/testing';

jest.setTimeout(60_000);

let folder: string;
let options: PostgresOptions;
let server: Server | undefined;
let restore: () => void;
let store: Store;

beforeAll(async () => {
  folder = temporaryFolder();
  options = { dir: join(folder, 'pg'), port: await freePort(), password: 'test', fsync: false };
  restore = overrideSettings({ DATABASE_URL: `postgres://nubo:test@127.0.0.1:${options.port}/nubo` });
  store = new Store();
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
  restore?.();
  removeFolder(folder);
});

const make = async ({ em }: Intention): Promise<Thing> => em.save(thing());
const write = (work = make): Promise<Thing> =>
  store.intentions.write(makeThing, contextOf(someone()), new MakeThing(), work);
const AWAY = { kind: 'unavailable', code: 'database_unavailable' };
const count = (): Promise<number> => store.intentions.read((em) => em.count(Thing));

async function kill(): Promise<void> {
  server?.kill('SIGKILL');
  await server?.exited;
}

describe('a service whose database', () => {
  it('was never there says so at once', async () => {
    await expect(write()).rejects.toMatchObject(AWAY);
    await expect(count()).rejects.toMatchObject(AWAY);
    await expect(store.readiness.run('database')).rejects.toMatchObject(AWAY);
  });

  it('comes up works on it', async () => {
    server = await startPostgres(options);
    await store.database.ready();
    await write();
    expect(await count()).toBe(1);
  });

  it('is killed in a transaction keeps nothing of it and says that it may be tried again', async () => {
    const interrupted = write(async (intention) => {
      const row = await make(intention);
      await kill();
      return row;
    });
    await expect(interrupted).rejects.toMatchObject(AWAY);
  });

  it('is away refuses quickly, again and again', async () => {
    const started = performance.now();
    const many = await Promise.allSettled(Array.from({ length: 20 }, () => write()));
    expect(many.every((one) => one.status === 'rejected')).toBe(true);
    await expect(count()).rejects.toMatchObject(AWAY);
    await expect(store.database.ping()).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('is back goes on by itself, with all that was promised and nothing else', async () => {
    server = await startPostgres(options);
    await eventually(() => store.database.ping().then(() => true));
    expect(await count()).toBe(1);
    const many = await Promise.all(Array.from({ length: 20 }, () => write()));
    expect(new Set(many.map(({ id }) => id)).size).toBe(20);
    expect(await count()).toBe(21);
  });
});

describe('a service that is stopped', () => {
  it('before its database ever came does not wait for it', async () => {
    const port = await freePort();
    const back = overrideSettings({ DATABASE_URL: `postgres://nubo:test@127.0.0.1:${port}/nubo` });
    const lonely = new Store();
    await expect(lonely.database.ping()).rejects.toMatchObject(AWAY);
    const started = performance.now();
    await lonely.close();
    await lonely.database.ready();
    expect(performance.now() - started).toBeLessThan(10_000);
    back();
  });
});
