/** The door that pods fetch their files at, and nobody else. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../../../stack/ports';
import { ContentDoor } from './content-door.driver';

const ONE = '00000000-0000-4000-8000-000000000001';
const TWO = '00000000-0000-4000-8000-000000000002';
const HOST = '127.0.0.1';

const folder = mkdtempSync(join(tmpdir(), 'nubo-door-'));
const release = join(folder, 'release');
const door = new ContentDoor();
let port: number;
let files = ['index.php', 'sub/größe.txt'];

beforeAll(async () => {
  mkdirSync(join(release, 'sub'), { recursive: true });
  writeFileSync(join(release, 'index.php'), 'x'.repeat(200_000));
  writeFileSync(join(release, 'sub/größe.txt'), 'two');
  port = await freePort();
  await door.open({ host: HOST, port }, join(folder, 'door.key'), (id) =>
    Promise.resolve(id === ONE ? { folder: release, files: files.map((path) => ({ path })) } : undefined),
  );
});
afterAll(async () => {
  await door.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string, method = 'GET') => fetch(`http://${HOST}:${port}${path}`, { method });

it('gives the files of a revision to who knows the address, with a mark at the end', async () => {
  const response = await get(door.pathOf(ONE));
  const into = mkdtempSync(join(folder, 'into-'));
  const input = Buffer.from(await response.arrayBuffer());
  expect(spawnSync('tar', ['-x', '-C', into], { input }).status).toBe(0);
  expect(readFileSync(join(into, 'site/index.php'), 'utf8')).toBe('x'.repeat(200_000));
  expect(readFileSync(join(into, 'site/sub/größe.txt'), 'utf8')).toBe('two');
  expect(statSync(join(into, 'complete')).size).toBe(0);
});

it('keeps an archive that lacks a file from being whole', async () => {
  files = ['index.php', 'gone'];
  const response = await get(door.pathOf(ONE));
  await expect(response.arrayBuffer()).rejects.toThrow('terminated');
});

it('is shut to whoever guesses, and for what is not known', async () => {
  const [, , proof] = door.pathOf(ONE).split('/');
  const guess = 'a'.repeat(64);
  const paths = [
    '/',
    `/${ONE}/site.tar`,
    `/${ONE}/${guess}/site.tar`,
    `/${TWO}/${proof}/site.tar`,
    door.pathOf(TWO),
  ];
  for (const path of paths) expect((await get(path)).status).toBe(404);
  expect((await get(door.pathOf(ONE), 'POST')).status).toBe(404);
});

it('knows its addresses again with the same key, which nobody else reads', async () => {
  const other = new ContentDoor();
  await other.open({ host: HOST, port: await freePort() }, join(folder, 'door.key'), () =>
    Promise.resolve(undefined),
  );
  expect(other.pathOf(ONE)).toBe(door.pathOf(ONE));
  await other.close();
  expect(statSync(join(folder, 'door.key')).mode & 0o777).toBe(0o600);
});
