/** Projects that run a program, and one that is on the CDN, uploaded by SFTP and asked under their names, on real hosts. */
import http from 'node:http';
import { join } from 'node:path';
import type {
  ContainerView,
  CreatedProjectView,
  CreateProject,
  DistributionView,
  ProjectReleaseView,
  ProjectView,
  ResourceView,
} from '@nubo/contracts';
import { upload, writeSite } from '../../demo/sftp';
import { until } from '../../demo/wait';
import type { TenantOfTheStory, World } from '../../demo/world';
import { builtRuntime } from '../../runtimes/image';
import { Publisher } from './publisher';
import { furnishedWorld } from './surroundings';

const LONG_MS = 400_000;
jest.setTimeout(LONG_MS);

const NODE = (text: string): string =>
  `require('http').createServer((request, response) => response.end(\`${text} \${process.env.GREETING} from \${require('os').hostname()}\`)).listen(process.env.PORT);`;
const SITES: Record<string, Record<string, string>> = {
  php: { 'index.php': '<?php echo "php ", getenv("GREETING"), " ", $_GET["q"] ?? "";', 'logo.svg': '<svg/>' },
  node: { 'server.js': NODE('node') },
  python: {
    'wsgi.py': [
      'import os',
      'def application(environ, start):',
      '    start("200 OK", [("Content-Type", "text/plain")])',
      '    return [("python " + os.environ["GREETING"]).encode()]',
    ].join('\n'),
  },
};

describe('a project', () => {
  let world: World;
  let blue: TenantOfTheStory;
  const projects: Record<string, CreatedProjectView> = {};

  beforeAll(async () => {
    for (const runtime of ['php-8.2', 'node-18', 'python-3.11'])
      if (!builtRuntime(runtime)) throw new Error(`no image for ${runtime}: npm run runtime-images`);
    world = await furnishedWorld('ho');
    const [first] = world.tenants;
    if (!first) throw new Error('a tenant is needed');
    blue = first;
  }, LONG_MS);

  afterAll(async () => {
    await world?.saveLogs('e2e-hosting');
    await world?.close();
  }, LONG_MS);

  async function publish(project: ProjectView, files: Record<string, string>): Promise<ProjectReleaseView> {
    const folder = writeSite(join(world.folder, project.name), files);
    await upload(folder, project, { keyFile: world.sshKey.file });
    return blue.rest.post<ProjectReleaseView>(`/hosting/projects/${project.id}/releases`, {});
  }

  async function make(wish: CreateProject): Promise<CreatedProjectView> {
    const isProgram = wish.template !== 'static';
    const made = await blue.rest.post<CreatedProjectView>('/hosting/projects?wait=30s', {
      autoPublish: 'manual',
      ...(isProgram && { memory: 96, env: { GREETING: 'hello' }, secrets: { KEY: 'never-shown' } }),
      ...wish,
    });
    await blue.rest.post(`/hosting/projects/${made.id}/ssh-keys`, { key: world.sshKey.publicKey });
    return made;
  }

  const get = (project: ProjectView, path = '/'): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const headers = { Host: project.hostname };
      const request = http.get(`${world.platform.webUrl}${path}`, { headers, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      request.once('error', reject);
    });

  const view = ({ id }: ProjectView): Promise<ProjectView> =>
    blue.rest.get<ProjectView>(`/hosting/projects/${id}`);

  const served = (project: ProjectView, release: number): Promise<ProjectView> =>
    until(`release ${release} of ${project.name}`, 200, async () => {
      const now = await view(project);
      if (now.state === 'ready' && now.served === release) return now;
      throw new Error(`${project.name} is ${now.state} with release ${now.served}: ${now.stateReason}`);
    });

  const containers = async ({ name }: ProjectView): Promise<ContainerView[]> =>
    (await blue.rest.get<ContainerView[]>('/iaas/containers')).filter(
      ({ metadata }) => metadata.project === name,
    );

  it('of files is on the CDN, which follows its releases and keeps the last when it is gone', async () => {
    const cdn = new Publisher(blue);
    const pages = await make({ name: 'my-pages', template: 'static' });
    await publish(pages, { 'index.html': 'first', '.env': 'SECRET=1' });
    await served(pages, 1);
    const wish = { project: 'my-pages', follow: true, locations: ['loc1', 'loc2'], subnet: '190.5.0.0/24' };
    const { id } = await blue.rest.post<DistributionView>('/cdn/distributions', wish);
    const shows = async (release: number, text: string): Promise<void> => {
      const distribution = await cdn.ready(id, release);
      for (const location of wish.locations)
        expect(await cdn.content(distribution, `/?location=${location}`)).toBe(`200 ${text}`);
      expect(await cdn.content(distribution, '/.env')).toMatch(/^404/);
    };
    await shows(1, 'first');
    await publish(pages, { 'index.html': 'second' });
    await shows(2, 'second');
    await blue.rest.post(`/hosting/projects/${pages.id}/rollbacks`, {});
    await shows(3, 'first');
    await blue.rest.delete(`/hosting/projects/${pages.id}?wait=30s`);
    await until('the distribution to know it', 30, async () => {
      const { project } = await blue.rest.get<DistributionView>(`/cdn/distributions/${id}`);
      return project?.gone;
    });
    const last = await cdn.ready(id, 3);
    expect(await cdn.content(last, '/')).toBe('200 first');
    await cdn.leave([last]);
  });

  it('that runs a program is uploaded by SFTP and answers under its name: PHP, Node.js and Python', async () => {
    const templates = ['php', 'node', 'python'] as const;
    for (const template of templates) {
      projects[template] = await make({ name: `my-${template}`, template });
      await publish(projects[template], SITES[template] ?? {});
    }
    for (const template of templates) await served(projects[template], 1);
    expect(await get(projects.php, '/?q=a%20b')).toEqual({ status: 200, body: 'php hello a b' });
    expect(await get(projects.php, '/logo.svg')).toEqual({ status: 200, body: '<svg/>' });
    expect((await get(projects.node)).body).toMatch(/^node hello from site-my-node-r1-1/);
    expect(await get(projects.python)).toEqual({ status: 200, body: 'python hello' });
  });

  it('keeps the release that works when the next one does not start, and says why', async () => {
    const { node } = projects;
    await publish(node, {
      'server.js': 'console.error("no database at", process.env.KEY); process.exit(3);',
    });
    const { stateReason, served: release } = await until('the failure', 120, async () => {
      const now = await view(node);
      return now.state === 'error' ? now : undefined;
    });
    expect(release).toBe(1);
    expect(stateReason).toContain('its program ended with exit code 3');
    expect(stateReason).toContain('no database at •••');
    expect((await get(node)).body).toMatch(/^node hello/);
    const releases = await blue.rest.get<ProjectReleaseView[]>(`/hosting/projects/${node.id}/releases`);
    expect(releases.map(({ number, state }) => [number, state])).toEqual([
      [2, 'ready'],
      [1, 'active'],
    ]);
  });

  it('is served by the next release that does, and by three replicas when that is wanted', async () => {
    const { node } = projects;
    await publish(node, { 'server.js': NODE('third') });
    await served(node, 3);
    await blue.rest.put(`/hosting/projects/${node.id}`, { replicas: 3 });
    await until('three replicas', 60, async () => {
      const now = await view(node);
      const all = await containers(node);
      return now.state === 'ready' && all.filter(({ state }) => state === 'running').length === 3;
    });
    const seen = new Set<string>();
    await until('all of them to be asked', 20, async () => {
      seen.add((await get(node)).body);
      return seen.size === 3;
    });
    expect([...seen].every((body) => body.startsWith('third hello from site-my-node-r3-'))).toBe(true);
  });

  it('does not miss a container that is killed, and gets it back', async () => {
    const { node } = projects;
    const [victim] = await containers(node);
    const host = world.hosts.find(({ id }) => id === victim?.hostId);
    const api = ['curl', '-sf', '--unix-socket', '/run/nubo/podman.sock', '-X', 'POST'];
    const kill = `http://podman/v4.0.0/libpod/containers/nubo-${victim?.id}/kill?signal=KILL`;
    expect((await world.lab.execOnHost(host?.name ?? '', [...api, kill])).code).toBe(0);
    for (let n = 0; n < 12; n += 1) expect((await get(node)).status).toBe(200);
    await until('it to run again', 30, async () => {
      const now = (await containers(node)).find(({ id }) => id === victim?.id);
      return now?.state === 'running' && now.startedAt !== victim?.startedAt;
    });
    await until('all to be led to', 30, async () => (await view(node)).stateReason === null);
  });

  it('can write nowhere in its site, and shows what it wrote to its people only', async () => {
    const { node } = projects;
    const path = `/hosting/projects/${node.id}/logs?log=program`;
    await publish(node, {
      'server.js': `try { require('fs').writeFileSync('/site/x', 'x'); } catch ({ code }) { console.log('write:', code); }\n${NODE('fourth')}`,
    });
    await served(node, 4);
    expect((await blue.rest.get<{ text: string }>(path)).text).toContain('write: EROFS');
    const shown = JSON.stringify(await view(node));
    expect(shown).toContain('"secrets":["KEY"]');
    expect(shown).not.toContain('never-shown');
  });

  it('leaves nothing when it is deleted', async () => {
    for (const project of Object.values(projects)) await blue.rest.delete(`/hosting/projects/${project.id}`);
    for (const path of ['/hosting/projects', '/iaas/containers', '/pat/mappings'])
      await until(
        `${path} to be empty`,
        90,
        async () => (await blue.rest.get<ResourceView[]>(path)).length === 0,
      );
    await until('its networks to go', 60, async () => {
      const vpcs = await blue.rest.get<ResourceView[]>('/iaas/vpcs');
      return vpcs.every(({ name }) => !name.startsWith('site-'));
    });
    for (const { name } of world.hosts)
      await until(`${name} to be clean`, 60, async () => {
        const { stdout } = await world.lab.execOnHost(
          name,
          'ls /var/lib/nubo/sites /run/netns 2>/dev/null | grep -E "^(nc-|[0-9a-f-]{36})" || :',
        );
        return stdout.trim() === '';
      });
    expect((await get(projects.node)).status).toBe(404);
  });
});
