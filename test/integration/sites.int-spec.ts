/** Sites as visitors see them: the hosting service, and one nginx that knows none of them by itself. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  deleteProject,
  listProjectReleases,
  publishProject,
  readProjectLog,
  rollBackProject,
  type CreatedProjectView,
  type Principal,
} from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { ProjectFolders } from '../../apps/hosting/src/projects/project-folders.driver';
import { VisitLogs } from '../../apps/hosting/src/sites/visit-logs.driver';
import { HostingWorld } from '../../apps/hosting/src/testing/hosting-world';
import { serverUser } from '../../stack/files';
import { freePort } from '../../stack/ports';
import type { Server } from '../../stack/server';
import { temporaryFolder } from '../../stack/testing';
import { NO_SITE, startWeb } from '../../stack/web';

jest.setTimeout(60_000);

interface Page {
  status: number;
  type: string;
  body: string;
}

describe('a site', () => {
  let world: HostingWorld;
  let web: Server;
  let folder: string;
  let ada: Principal;
  let shop: CreatedProjectView;

  beforeAll(async () => {
    const port = await freePort();
    const owner = serverUser();
    world = await HostingWorld.open({
      settings: {
        NUBO_HOSTING_WEB_PORT: String(port),
        NUBO_HOSTING_LOG_BYTES: '100',
        ...(owner && { NUBO_HOSTING_WEB_OWNER: `${owner.uid}:${owner.gid}` }),
      },
    });
    chmodSync(world.folder, 0o711);
    folder = temporaryFolder();
    web = await startWeb({ dir: join(folder, 'web'), port, sites: join(world.folder, 'sites') });
  });
  afterAll(async () => {
    await web?.stop();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    ada = await world.owner();
    shop = await world.ready(ada, { autoPublish: 'manual' });
  });

  /** fetch does not let a Host header be chosen. */
  function get(host: string, path = '/', ...more: string[]): Page {
    const form = '\n%{http_code} %{content_type}';
    const args = ['-s', '--max-time', '5', '-w', form, '-H', `Host: ${host}`, ...more, `${web.url}${path}`];
    const answer = execFileSync('curl', args, { encoding: 'utf8' });
    const [, body = '', status = '', type = ''] = /^([\s\S]*)\n(\d+) ?(.*)$/.exec(answer) ?? [];
    return { status: Number(status), type, body };
  }

  async function publish(files: Record<string, string | null>): Promise<void> {
    await world.upload(shop.id, files);
    const { number } = await world.app.call(publishProject, contextOf(ada), { id: shop.id });
    await eventually(async () => {
      const { items } = await world.app.call(listProjectReleases, contextOf(ada), { id: shop.id });
      const { state } = await world.get(ada, shop.id);
      return state === 'ready' && items.some((each) => each.number === number && each.state === 'active');
    });
  }

  it('answers under its name once something is published, and names its kind', async () => {
    expect(get(shop.hostname)).toMatchObject({ status: 404, body: NO_SITE });
    await publish({ 'index.html': '<h1>hello</h1>', 'css/site.css': 'body {}', 'docs/index.html': 'docs' });
    expect(get(shop.hostname)).toEqual({
      status: 200,
      type: 'text/html; charset=utf-8',
      body: '<h1>hello</h1>',
    });
    expect(get(shop.hostname, '/css/site.css')).toMatchObject({ status: 200, type: 'text/css' });
    expect(get(shop.hostname, '/docs/')).toMatchObject({ status: 200, body: 'docs' });
    expect(get(`${shop.hostname.toUpperCase()}.:8080`)).toMatchObject({ status: 200 });
  });

  it('leaves what goes wrong for visitors in the log that is bounded, and nowhere else', async () => {
    await publish({ 'css/site.css': 'body {}' });
    expect(get(shop.hostname, '/css/').status).toBe(403);
    await eventually(() => readFileSync(join(folder, 'web.log'), 'utf8').includes('is forbidden'));
    expect(readdirSync(join(folder, 'web'))).not.toContain('error.log');
  });

  it('turns to the next release and back at once, without a reload', async () => {
    await publish({ 'index.html': 'one' });
    expect(get(shop.hostname).body).toBe('one');
    await publish({ 'index.html': 'two' });
    expect(get(shop.hostname).body).toBe('two');
    await world.app.call(rollBackProject, contextOf(ada), { id: shop.id });
    await eventually(async () => (await world.get(ada, shop.id)).state === 'ready');
    expect(get(shop.hostname).body).toBe('one');
  });

  it('never shows two releases as one while it turns', async () => {
    const seen = new Set<string>();
    await publish({ 'index.html': '0'.repeat(70_000) });
    for (const letter of ['1', '2', '3']) {
      await world.upload(shop.id, { 'index.html': letter.repeat(70_000) });
      await world.app.call(publishProject, contextOf(ada), { id: shop.id });
      await eventually(() => {
        const { status, body } = get(shop.hostname);
        seen.add(`${status} ${[...new Set(body)].join('')} ${body.length}`);
        return body.startsWith(letter);
      });
    }
    expect([...seen].toSorted()).toEqual(['0', '1', '2', '3'].map((letter) => `200 ${letter} 70000`));
  });

  it('has its own page for what is missing', async () => {
    await publish({ 'index.html': 'hello' });
    expect(get(shop.hostname, '/nothing')).toMatchObject({ status: 404 });
    await publish({ '404.html': 'lost?' });
    expect(get(shop.hostname, '/nothing')).toMatchObject({ status: 404, body: 'lost?' });
  });

  it('shows no file that begins with a dot, no list of files, and takes nothing', async () => {
    await publish({ 'index.html': 'hello', '.env': 'secret', 'files/a.txt': 'a', '.well-known/x': 'known' });
    expect(get(shop.hostname, '/.env').status).toBe(404);
    expect(get(shop.hostname, '/files/').status).toBe(403);
    expect(get(shop.hostname, '/.well-known/x').body).toBe('known');
    expect(get(shop.hostname, '/index.html', '-X', 'POST', '-d', 'x').status).toBe(405);
  });

  it('leads nowhere else, whatever is asked', async () => {
    await publish({ 'index.html': 'hello' });
    const { id } = shop;
    for (const path of ['/../../../../etc/passwd', '/..%2f..%2f..%2fetc/passwd', '/%2e%2e/logs/access.log'])
      expect(get(shop.hostname, path, '--path-as-is').status).toBeGreaterThanOrEqual(400);
    for (const host of [
      id,
      `../${id}/releases/1`,
      '..',
      '.',
      `${shop.hostname}..`,
      'a/b',
      `x${shop.hostname}`,
    ])
      expect(get(host).status).toBeGreaterThanOrEqual(400);
  });

  it('writes a log of its visitors that its people read', async () => {
    await publish({ 'index.html': 'hello' });
    get(shop.hostname, '/', '-A', 'a browser');
    get(shop.hostname, '/nothing');
    const log = () => world.app.call(readProjectLog, contextOf(ada), { id: shop.id });
    await eventually(async () => (await log()).text.includes('/nothing'));
    expect((await log()).text).toMatch(/127\.0\.0\.1 \[.*\] "GET \/ HTTP\/1\.1" 200 5 "a browser"\n/);
  });

  it('goes on in another log when one is moved away', async () => {
    await publish({ 'index.html': 'hello' });
    for (const path of ['/one', '/two']) get(shop.hostname, path);
    const log = async () =>
      (await world.app.call(readProjectLog, contextOf(ada), { id: shop.id })).text.match(/(?<=GET )\S+/g);
    await eventually(async () => (await log())?.includes('/two'));
    await world.app.get(VisitLogs).rotate();
    get(shop.hostname, '/three');
    await eventually(async () => (await log())?.includes('/three'));
    expect(await log()).toEqual(['/one', '/two', '/three']);
    const names = readdirSync(world.app.get(ProjectFolders).logs(shop.id)).sort();
    expect(names).toEqual(['access.log', 'access.log.1']);
  });

  it('is gone with its project', async () => {
    await publish({ 'index.html': 'hello' });
    await world.app.call(deleteProject, contextOf(ada), { id: shop.id });
    await world.gone(ada, shop.id);
    expect(get(shop.hostname)).toMatchObject({
      status: 404,
      type: 'text/plain; charset=utf-8',
      body: NO_SITE,
    });
  });
});
