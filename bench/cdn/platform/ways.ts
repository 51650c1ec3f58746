/** What the ways to a file cost beside plain nginx: an edge, the controller, the gateway. */
import { randomBytes } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DistributionView } from '@nubo/contracts';
import { until } from '../../../demo/wait';
import { edgeArchive } from '../../../edge/image';
import { freePort } from '../../../stack/ports';
import { load, median, type Target } from '../../load';
import { table } from '../../report';
import { edgesOf, type SiteWorld } from './site-world';

const FILES = 100;
const SIZE = 10_000;
const CONNECTIONS = 16;
const ROUNDS = 5;
const ROUND_S = 2;

interface Bare {
  pid: number;
  url: string;
  stop(): void;
}

export async function ways(site: SiteWorld, say: (line: string) => void): Promise<string> {
  const tree = Object.fromEntries(Array.from({ length: FILES }, (_, n) => [`${n}.bin`, randomBytes(SIZE)]));
  const view = await site.ready((await site.publish({ name: 'ways', subnet: '192.0.0.0/24' }, tree)).id);
  const bare = await startBare(tree);
  try {
    const targets = targetsOf(site, view, bare);
    const rows = await compare(targets, say);
    await site.rest.delete(`/cdn/distributions/${view.id}`);
    return [
      `A file of ${SIZE / 1000} KB by the ways to it, ${CONNECTIONS} connections that are kept, median of ${ROUNDS} rounds of ${ROUND_S} s that take turns. Plain nginx is the same program in no container and behind no router; CPU is in ms per 1,000 requests; ratios are of requests per second, of each round by itself.`,
      '',
      table(['', 'requests/s', 'of plain', 'p50 ms', 'p99 ms', 'CPU nginx', 'CPU gateway'], rows),
      '',
    ].join('\n');
  } finally {
    bare.stop();
  }
}

function targetsOf({ world }: SiteWorld, view: DistributionView, bare: Bare): Target[] {
  const paths = Array.from({ length: FILES }, (_, n) => `/${n}.bin`);
  const at = (base: string, query = ''): string[] => paths.map((path) => `${base}${path}${query}`);
  const [edge] = edgesOf(view);
  const controller = view.instances.find(({ role }) => role === 'controller');
  const nginx = { nginx: initOf(edge.id) };
  const both = { ...nginx, controller: initOf(controller?.id ?? '') };
  const gateway = world.platform.services.gateway.pid ?? 0;
  const where = `?location=${edge.location}`;
  const customer = `/cdn/${view.customerId}`;
  return [
    { name: 'plain nginx', url: bare.url, paths, pids: { nginx: bare.pid } },
    { name: 'an edge', url: edge.url ?? '', paths, pids: nginx },
    { name: 'through the controller', url: view.url ?? '', paths: at('', where), pids: both },
    {
      name: 'through the gateway',
      url: world.platform.gatewayUrl,
      paths: at(customer, where),
      pids: { ...both, gateway },
    },
  ];
}

async function compare(targets: readonly Target[], say: (line: string) => void): Promise<string[][]> {
  const found = targets.map(() => ({
    rate: [] as number[],
    p50: [] as number[],
    p99: [] as number[],
    nginx: [] as number[],
    gateway: [] as number[],
  }));
  for (const target of targets) await load(target, { connections: CONNECTIONS, seconds: 5 });
  for (let round = 0; round < ROUNDS; round += 1) {
    say(`the ways to a file, round ${round + 1}`);
    for (const [n, target] of targets.entries()) {
      const { requestsPerS, latency, cpu } = await load(target, {
        connections: CONNECTIONS,
        seconds: ROUND_S,
      });
      const { rate, p50, p99, nginx, gateway } = found[n];
      rate.push(requestsPerS);
      p50.push(latency.p50);
      p99.push(latency.p99);
      nginx.push(cpu.nginx + (cpu.controller ?? 0));
      gateway.push(cpu.gateway ?? 0);
    }
  }
  const [plain] = found;
  return targets.map(({ name, pids }, n) => {
    const { rate, p50, p99, nginx, gateway } = found[n];
    const ratio = median(rate.map((one, round) => one / plain.rate[round]));
    const numbers = [median(p50), median(p99), median(nginx)].map((one) => one.toFixed(0));
    const share = n === 0 ? '' : `${(ratio * 100).toFixed(0)} %`;
    return [
      name,
      median(rate).toFixed(0),
      share,
      ...numbers,
      'gateway' in pids ? median(gateway).toFixed(0) : '',
    ];
  });
}

/** The first process of a container, as this process sees it. */
function initOf(id: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const masters = pids.filter(
    (pid) => inContainer(pid, id) && read(`/proc/${pid}/cmdline`).includes('master'),
  );
  if (!masters[0]) throw new Error(`no nginx of ${id} is to be seen`);
  return Number(masters[0]);
}

const inContainer = (pid: string, id: string): boolean =>
  read(`/proc/${pid}/cgroup`).includes(id) || read(`/proc/${pid}/environ`).includes(id);

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The edge image's nginx with the same files, in this network namespace. */
async function startBare(tree: Readonly<Record<string, Buffer>>): Promise<Bare> {
  const root = mkdtempSync(join(tmpdir(), 'nubo-bare-'));
  const { status } = spawnSync('tar', ['-C', root, '-xf', await edgeArchive()]);
  if (status !== 0) throw new Error('the edge image cannot be unpacked');
  const files = join(root, 'srv/releases/bench');
  for (const folder of [files, join(root, 'run'), join(root, 'dev')]) mkdirSync(folder, { recursive: true });
  for (const [name, body] of Object.entries(tree)) writeFileSync(join(files, name), body);
  writeFileSync(join(root, 'dev/null'), '');
  const port = await freePort();
  const conf = readFileSync(join(__dirname, '..', 'bare.conf'), 'utf8')
    .replace('user www-data;', 'user root;')
    .replace('listen 8082', `listen 127.0.0.1:${port}`);
  writeFileSync(join(root, 'etc/nginx/bare.conf'), conf);
  const argv = [root, '/usr/sbin/nginx', '-c', '/etc/nginx/bare.conf', '-g', 'daemon off;'];
  const child = spawn('chroot', argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  const url = `http://127.0.0.1:${port}`;
  await until('plain nginx', 10, () =>
    fetch(`${url}/0.bin`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  const stop = (): void => {
    child.kill();
    rmSync(root, { recursive: true, force: true });
  };
  return { pid: child.pid ?? 0, url, stop };
}
