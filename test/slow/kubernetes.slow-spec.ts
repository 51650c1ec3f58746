/** Projects in a real cluster of one node. Only the ingress is the lab's own. */
import { randomUUID } from 'node:crypto';
import {
  addDomain,
  deleteProject,
  publishProject,
  readProjectLog,
  rollBackProject,
  updateProject,
  type CreatedProjectView,
  type CreateProject,
  type Principal,
  type ProjectView,
  type UpdateProject,
} from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { KubernetesService } from '../../apps/hosting/src/runners/kubernetes/kubernetes.service';
import { PlatformIdentity } from '../../apps/hosting/src/runners/kubernetes/platform.service';
import { ClusterWorld } from './kubernetes';

const LONG_MS = 300_000;
jest.setTimeout(LONG_MS);

const MEMORY_MIB = 1_536;

/** Tells which release it is, which replica, and what it may do. */
const programOf = (release: string): string => `
const { writeFileSync, existsSync, readdirSync } = require('node:fs');
const tried = (path) => { try { writeFileSync(path, 'x'); return 'written'; } catch (error) { return error.code; } };
console.log('listening as ${release}');
require('node:http').createServer((request, response) => {
  const answers = {
    '/who': () => require('node:os').hostname(),
    '/host': () => request.headers.host,
    '/rights': () => JSON.stringify({
      uid: process.getuid(), site: tried('/site/x'), root: tried('/x'), tmp: tried('/tmp/x'),
      token: existsSync('/var/run/secrets/kubernetes.io'), content: process.env.NUBO_CONTENT_URL ?? null,
      greeting: process.env.GREETING, secret: process.env.KEY, files: readdirSync('/site').sort(),
    }),
  };
  response.end((answers[request.url] ?? (() => '${release}'))());
}).listen(process.env.PORT);
process.on('SIGTERM', () => process.exit(0));
`;

describe('a project in a cluster', () => {
  let cluster: ClusterWorld;
  let who: Principal;
  let site: CreatedProjectView;

  beforeAll(async () => {
    cluster = await ClusterWorld.open(MEMORY_MIB);
    who = await cluster.world.owner();
  }, 600_000);
  afterAll(async () => {
    expect(await cluster?.close()).toEqual([]);
  }, LONG_MS);

  /** Until it is so. A project that has failed instead says why. */
  const until = async (id: string, enough: (view: ProjectView) => boolean): Promise<ProjectView> => {
    let last: ProjectView | undefined;
    const look = async (): Promise<boolean> => {
      last = await cluster.world.get(who, id);
      return enough(last) || hasFailed(last);
    };
    await eventually(look, { withinMs: 240_000 }).catch(() => undefined);
    if (last && enough(last)) return last;
    throw new Error(`it is ${last?.state} and serves ${last?.served}: ${last?.stateReason}`);
  };
  const serves =
    (release: number) =>
    ({ state, served }: ProjectView): boolean =>
      state === 'ready' && served === release;
  const hasFailed = ({ state }: ProjectView): boolean => state === 'error';

  const create = (wish: Partial<CreateProject>): Promise<CreatedProjectView> =>
    cluster.world.ready(who, { template: 'node', autoPublish: 'manual', memory: 96, ...wish });
  async function publish(id: string, files: Record<string, string>): Promise<void> {
    await cluster.world.upload(id, files);
    await cluster.world.app.call(publishProject, contextOf(who), { id });
  }
  const change = (input: UpdateProject): Promise<ProjectView> =>
    cluster.world.app.call(updateProject, contextOf(who), input);
  const remove = async (id: string): Promise<void> => {
    await cluster.world.app.call(deleteProject, contextOf(who), { id });
    await eventually(
      async () => {
        const known = await cluster.world.get(who, id).catch(() => undefined);
        return known === undefined;
      },
      { withinMs: 240_000 },
    );
  };
  const answers = (name: string, wanted: string, path = '/'): Promise<unknown> =>
    eventually(async () => (await cluster.visit(name, path)) === wanted, { withinMs: 60_000 });
  /** The replicas that answer, as visitors meet them. */
  const replicas = async (times = 60): Promise<Set<string>> => {
    const all = new Set<string>();
    for (let n = 0; n < times; n += 1) all.add(await cluster.visit(site.name, '/who'));
    return all;
  };

  it('answers under its name after an upload', async () => {
    site = await create({ env: { GREETING: 'hello' }, secrets: { KEY: 'hidden-1' } });
    expect(site.runner).toBe('kubernetes');
    await publish(site.id, { 'server.js': programOf('one'), 'grüße/straße.txt': 'x', 'package.json': '{}' });
    await until(site.id, serves(1));
    await answers(site.name, '200 one');
  });

  it('answers under a domain of its owner’s, and is asked by that name', async () => {
    const domain = 'www.cluster.example';
    const added = await cluster.world.app.call(addDomain, contextOf(who), { id: site.id, domain });
    expect(await cluster.visitHost(domain)).not.toBe('200 one');
    cluster.world.proofs.put(added);
    await eventually(async () => (await cluster.visitHost(domain)) === '200 one', { withinMs: 60_000 });
    expect(await cluster.visitHost(domain, '/host')).toBe(`200 ${domain}`);
  });

  it('may write nothing but its memory, and knows nothing of the cluster', async () => {
    const said = await cluster.visit(site.name, '/rights');
    expect(JSON.parse(said.slice(4))).toEqual({
      ...{ uid: 33, site: 'EROFS', root: 'EROFS', tmp: 'written', token: false, content: null },
      ...{ greeting: 'hello', secret: 'hidden-1', files: ['grüße', 'package.json', 'server.js'] },
    });
    const namespace = `nubo-${site.id}`;
    const policies = await cluster.names(
      `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
    );
    expect(policies.sort()).toEqual(['closed', 'outside', 'visitors']);
    expect(await cluster.names(`/api/v1/namespaces/${namespace}/resourcequotas`)).toEqual(['nubo']);
    const written = await cluster.world.app.call(readProjectLog, contextOf(who), {
      id: site.id,
      log: 'program',
    });
    expect(written.text).toBe('listening as one\n');
  });

  it('has eight replicas when it is told to, and one again', async () => {
    await change({ id: site.id, replicas: 8 });
    await until(site.id, ({ state, stateReason }) => state === 'ready' && stateReason === null);
    await eventually(async () => (await replicas()).size === 8, { withinMs: 120_000 });
    await change({ id: site.id, replicas: 1 });
    await until(site.id, serves(1));
    await eventually(async () => (await replicas(20)).size === 1, { withinMs: 120_000 });
  });

  it('is replaced, and goes back, without a visitor who notices', async () => {
    let isOver = false;
    const seen = new Map<string, number>();
    const visitor = (async () => {
      while (!isOver) {
        const said = await cluster.visit(site.name);
        seen.set(said, (seen.get(said) ?? 0) + 1);
      }
    })();
    await publish(site.id, { 'server.js': programOf('two') });
    await until(site.id, serves(2));
    await answers(site.name, '200 two');
    await cluster.world.app.call(rollBackProject, contextOf(who), { id: site.id, release: 1 });
    await until(site.id, serves(1));
    await answers(site.name, '200 one');
    isOver = true;
    await visitor;
    expect([...seen.keys()].sort()).toEqual(['200 one', '200 two']);
  });

  it('stays with what runs when the next one ends, and tells why', async () => {
    await publish(site.id, { 'server.js': 'console.log("no key hidden-1"); process.exit(7)' });
    const { stateReason, served } = await until(site.id, hasFailed);
    expect(served).toBe(1);
    expect(stateReason).toContain('its program ended with exit code 7. Release 1 is still served.');
    expect(stateReason).toContain('no key •••');
    expect(await cluster.visit(site.name)).toBe('200 one');
    await cluster.world.app.call(rollBackProject, contextOf(who), { id: site.id, release: 1 });
    await until(site.id, serves(1));
  });

  it('is started again when it is killed', async () => {
    const before = await cluster.visit(site.name, '/who');
    await cluster.onNode(`pgrep -f '/site/[s]erver.js' | xargs kill -9`);
    await eventually(async () => (await cluster.visit(site.name)) !== '200 one');
    await answers(site.name, '200 one');
    expect(await cluster.visit(site.name, '/who')).toBe(before);
    await until(site.id, ({ stateReason }) => stateReason === null);
  });

  it('is served while the cluster’s API is away, and changed when it is back', async () => {
    await cluster.stopApi();
    try {
      await change({ id: site.id, env: { GREETING: 'again' } });
      for (let n = 0; n < 20; n += 1) {
        expect(await cluster.visit(site.name)).toBe('200 one');
        expect(await cluster.world.get(who, site.id)).toMatchObject({ state: 'updating', served: 1 });
      }
    } finally {
      await cluster.startApi();
    }
    await until(site.id, serves(1));
    const isChanged = async () => (await cluster.visit(site.name, '/rights')).includes('"greeting":"again"');
    await eventually(isChanged, { withinMs: 60_000 });
  });

  it('runs PHP, and says which image and how much memory the cluster lacks', async () => {
    const php = await create({ template: 'php', memory: 128 });
    await publish(php.id, { 'index.php': '<?php echo 6 * 7, " ", getmyuid();' });
    await until(php.id, serves(1));
    await eventually(async () => (await cluster.visit(php.name)).startsWith('200 42'));
    await remove(php.id);
    const python = await create({ template: 'python' });
    await publish(python.id, { 'app.py': 'print(1)' });
    expect((await until(python.id, hasFailed)).stateReason).toContain(
      'the cluster has no image localhost/nubo-python-3-11:latest',
    );
    const large = await create({ memory: 800, replicas: 2 });
    await publish(large.id, { 'server.js': programOf('one') });
    expect((await until(large.id, hasFailed)).stateReason).toContain('exceeded quota');
    for (const { id } of [python, large]) await remove(id);
  });

  it('leaves nothing when it is removed', async () => {
    await remove(site.id);
    const ours = '?labelSelector=app.kubernetes.io/managed-by=nubo';
    expect(await cluster.names(`/api/v1/namespaces${ours}`)).toEqual([]);
    expect(await cluster.names(`/api/v1/pods${ours}`)).toEqual([]);
    expect(await cluster.names(`/apis/networking.k8s.io/v1/ingresses`)).toEqual([]);
    await eventually(async () => (await cluster.onNode('ctr -n k8s.io containers ls -q')) === '');
    await eventually(async () => (await cluster.onNode('grep -c kubelet/pods /proc/mounts || :')) === '0');
  });

  it('removes namespaces of this platform that nobody knows, and no others', async () => {
    const namespace = (name: string, id: string): object => ({
      ...{ apiVersion: 'v1', kind: 'Namespace' },
      metadata: { name, labels: { 'nubo.cloud/platform': 'sites.test', 'nubo.cloud/platform-id': id } },
    });
    const ours = await cluster.world.app.get(PlatformIdentity).id();
    await cluster.api('/api/v1/namespaces', { method: 'POST', body: namespace('nubo-stray', ours) });
    await cluster.api('/api/v1/namespaces', { method: 'POST', body: namespace('nubo-other', randomUUID()) });
    await cluster.world.app.get(KubernetesService).tidy();
    await eventually(async () => !(await cluster.names('/api/v1/namespaces')).includes('nubo-stray'));
    expect(await cluster.names('/api/v1/namespaces')).toContain('nubo-other');
  });
});
