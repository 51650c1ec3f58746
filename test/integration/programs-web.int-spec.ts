/** Sites that run a program as visitors see them: one nginx, and Lua that chooses among replicas. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Sites } from '../../apps/hosting/src/sites/sites.driver';
import { HostingWorld } from '../../apps/hosting/src/testing/hosting-world';
import { freePort } from '../../stack/ports';
import type { Server } from '../../stack/server';
import { temporaryFolder } from '../../stack/testing';
import { startWeb } from '../../stack/web';
import { NO_ANSWER } from '../../stack/web-programs';

jest.setTimeout(60_000);

const PROJECT = '00000000-0000-4000-8000-000000000001';
const HOSTNAME = 'shop.sites.test';
const HOST = '127.0.0.1';

describe('a site that runs a program', () => {
  let world: HostingWorld;
  let web: Server;
  let folder: string;
  const replicas: { server: HttpServer; port: number }[] = [];

  /** Answers with what it was asked. */
  async function replica(name: string): Promise<number> {
    const server = createServer((request, response) => {
      const { method, url, headers } = request;
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => response.end(JSON.stringify({ name, method, url, headers, body })));
    });
    await new Promise<void>((listening) => server.listen(0, HOST, listening));
    const { port } = server.address() as AddressInfo;
    replicas.push({ server, port });
    return port;
  }

  const lead = (revisionId: string, ports: number[]): Promise<void> =>
    world.app
      .get(Sites)
      .lead(HOSTNAME, PROJECT, { revisionId, endpoints: ports.map((port) => ({ host: HOST, port })) });

  /** Not in step with us: the replicas answer from here. */
  const get = async (...args: string[]): Promise<{ status: number; body: string }> => {
    const all = ['-s', '--max-time', '20', '-w', '\n%{http_code}', '-H', `Host: ${HOSTNAME}`, ...args];
    const { stdout } = await promisify(execFile)('curl', all);
    const [, body = '', status = ''] = /^([\s\S]*)\n(\d+)$/.exec(stdout) ?? [];
    return { status: Number(status), body };
  };
  const named = async (): Promise<string> => (JSON.parse((await get(web.url)).body) as { name: string }).name;

  beforeAll(async () => {
    world = await HostingWorld.open({ idle: true });
    chmodSync(world.folder, 0o711);
    folder = temporaryFolder();
    const site = join(world.folder, 'sites', PROJECT);
    mkdirSync(join(site, 'logs'), { recursive: true });
    for (const path of [join(world.folder, 'sites'), site]) chmodSync(path, 0o711);
    chmodSync(join(site, 'logs'), 0o777);
    web = await startWeb({
      dir: join(folder, 'web'),
      port: await freePort(),
      sites: join(world.folder, 'sites'),
    });
  });
  afterEach(async () => {
    for (const { server } of replicas.splice(0)) {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  });
  afterAll(async () => {
    await web?.stop();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is asked with the visitor’s own words, and told who asks', async () => {
    await lead('a', [await replica('one')]);
    const { body } = await get(
      `${web.url}/a%20b/../c?x=%2F`,
      '--path-as-is',
      '-X',
      'PUT',
      '-d',
      'hello',
      '-H',
      'X-Forwarded-For: 1.2.3.4',
    );
    expect(JSON.parse(body)).toMatchObject({
      ...{ method: 'PUT', url: '/a%20b/../c?x=%2F', body: 'hello' },
      headers: { host: HOSTNAME, 'x-forwarded-for': HOST, 'x-forwarded-proto': 'http' },
    });
  });

  it('has its visitors spread over its replicas', async () => {
    await lead('b', [await replica('one'), await replica('two'), await replica('three')]);
    const count: Record<string, number> = {};
    for (let n = 0; n < 24; n += 1) {
      const name = await named();
      count[name] = (count[name] ?? 0) + 1;
    }
    expect(Object.keys(count).sort()).toEqual(['one', 'three', 'two']);
    for (const times of Object.values(count)) expect(times).toBeGreaterThanOrEqual(4);
  });

  it('misses no visitor when a replica is dead', async () => {
    await lead('c', [await freePort(), await replica('alive'), await freePort()]);
    for (let n = 0; n < 8; n += 1) expect(await named()).toBe('alive');
  });

  it('turns to other replicas and to another revision without a reload', async () => {
    const [one, two] = [await replica('one'), await replica('two')];
    await lead('d', [one]);
    expect(await named()).toBe('one');
    await lead('d', [two]);
    expect(await named()).toBe('two');
    await lead('e', [one]);
    await world.app.get(Sites).leadNoMore(PROJECT, 'e');
    expect(await named()).toBe('one');
  });

  it('says that it does not answer when nobody does', async () => {
    await lead('f', [await freePort()]);
    expect(await get(web.url)).toEqual({ status: 502, body: NO_ANSWER });
    await lead('g', []);
    expect(await get(web.url)).toEqual({ status: 502, body: NO_ANSWER });
  });

  it('is not made of a file that somebody uploads', async () => {
    const port = await replica('inside');
    const release = join(world.folder, 'sites', PROJECT, 'releases', '1');
    mkdirSync(join(release, 'root'), { recursive: true });
    for (const path of [join(release, '..'), release]) chmodSync(path, 0o755);
    for (const path of ['endpoints', 'root/endpoints'])
      writeFileSync(join(release, path), `${HOST} ${port}\n`, { mode: 0o644 });
    writeFileSync(join(release, 'index.html'), 'files', { mode: 0o644 });
    await world.app.get(Sites).serve(HOSTNAME, PROJECT, 1);
    expect(await get(web.url)).toEqual({ status: 200, body: 'files' });
    expect((await get(`${web.url}/root/`)).status).toBe(403);
    expect((await get(`${web.url}/.nubo-program`)).status).toBe(404);
  });
});
