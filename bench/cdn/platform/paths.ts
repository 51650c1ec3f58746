/** What the ways to an edge cost: straight, through the controller, through the gateway, and through a plain reverse proxy. */
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import type { CdnInstanceView, DistributionView } from '@nubo/contracts';
import { requestsPerCpuSecondOf, takeTurns } from '../../compare';
import { median, type Round, type Target } from '../../load';
import { table } from '../../report';
import { startPlainProxy, type PlainProxy } from './plain-proxy';
import { edgesOf, type SiteWorld, type Tree } from './site-world';

const SIZES = { '1 KB': 1_000, '10 KB': 10_000, '100 KB': 100_000 };
const FILES = 100;
const BOUNDS = { connections: 16, rounds: 5, seconds: 2 };
const STRAIGHT = 'edge';
const PLAIN = 'plain proxy → edge';
const PARTS = ['gateway', 'controller', 'proxy', 'edge'];

interface Ways {
  readonly edge: CdnInstanceView & { url: string };
  readonly controller: CdnInstanceView & { url: string };
  readonly proxy: PlainProxy;
}

export async function paths(site: SiteWorld, say: (line: string) => void): Promise<string> {
  const made = await site.publish({ name: 'paths', subnet: '192.0.0.0/24' }, treeOf());
  const view = await site.ready(made.id);
  const [edge, controller] = [edgesOf(view)[0], view.instances.find(({ role }) => role === 'controller')];
  if (!isReachable(edge) || !isReachable(controller)) throw new Error('an instance has no way in');
  const proxy = await startPlainProxy(site.world.folder, new URL(edge.url).host);
  const parts: string[] = [];
  try {
    const targetsFor = waysTo(site, view, { edge, controller, proxy });
    for (const [size, bytes] of Object.entries(SIZES)) {
      say(`the ways to an edge, ${size}`);
      const targets = targetsFor(Array.from({ length: FILES }, (_, n) => nameOf(bytes, n)));
      parts.push(report(size, targets, await takeTurns(targets, BOUNDS)));
    }
  } finally {
    await proxy.child.stop();
  }
  await site.rest.delete(`/cdn/distributions/${view.id}`);
  return [
    `The ways to an edge, in requests per CPU second of all processes on the way (${BOUNDS.connections} connections that are kept, ${FILES} files, median of ${BOUNDS.rounds} rounds of ${BOUNDS.seconds} s that take turns; ratios are of each round by itself). The plain proxy is nginx with \`proxy_pass\` and connections that are kept. CPU is in ms per 1,000 requests.`,
    '',
    ...parts,
  ].join('\n');
}

function waysTo(
  { world }: SiteWorld,
  { customerId }: DistributionView,
  ways: Ways,
): (names: readonly string[]) => Target[] {
  const { services, gatewayUrl } = world.platform;
  const edge = masterOf(ways.edge);
  const controller = masterOf(ways.controller);
  const gateway = services.gateway.pid ?? 0;
  const proxy = ways.proxy.child.pid;
  const located = `?location=${ways.edge.location}`;
  return (names): Target[] => {
    const all = (before = '', after = ''): string[] => names.map((name) => `${before}/${name}${after}`);
    const led = { paths: all('', located), pids: { controller, edge } };
    const whole = { paths: all(`/cdn/${customerId}`, located), pids: { gateway, controller, edge } };
    return [
      { name: STRAIGHT, url: ways.edge.url, paths: all(), pids: { edge } },
      { name: PLAIN, url: ways.proxy.url, paths: all(), pids: { proxy, edge } },
      { name: 'controller → edge', url: ways.controller.url, ...led },
      { name: 'gateway → controller → edge', url: gatewayUrl, ...whole },
    ];
  };
}

const isReachable = (instance?: CdnInstanceView): instance is CdnInstanceView & { url: string } =>
  instance?.url !== undefined && instance.url !== null;

function report(size: string, targets: readonly Target[], rounds: readonly Round[][]): string {
  const perSecond = rounds.map((all) => all.map(requestsPerCpuSecondOf));
  const against = (n: number, name: string): string => {
    const base = perSecond[targets.findIndex((target) => target.name === name)];
    return `${(100 * median(perSecond[n].map((one, round) => one / base[round]))).toFixed(0)} %`;
  };
  const cpu = (n: number, part: string): string =>
    part in targets[n].pids ? median(rounds[n].map((round) => round.cpu[part])).toFixed(0) : '';
  const rows = targets.map(({ name }, n) => [
    name,
    median(perSecond[n]).toFixed(0),
    against(n, STRAIGHT),
    against(n, PLAIN),
    ...PARTS.map((part) => cpu(n, part)),
  ]);
  const head = [
    size,
    'requests/CPU s',
    'of the edge',
    'of the plain proxy',
    ...PARTS.map((part) => `CPU ${part}`),
  ];
  return `${table(head, rows)}\n`;
}

const nameOf = (bytes: number, n: number): string => `${bytes}/${n}.bin`;

const treeOf = (): Tree =>
  Object.fromEntries([
    ['mark.txt', Buffer.from('paths')],
    ...Object.values(SIZES).flatMap((bytes) =>
      Array.from({ length: FILES }, (_, n): [string, Buffer] => [nameOf(bytes, n), randomBytes(bytes)]),
    ),
  ]);

/** The pid of an instance's nginx, as this lab sees it: no other customer has its address now. */
function masterOf({ address }: CdnInstanceView): number {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = all.find(
    (pid) =>
      read(pid, 'cmdline').startsWith('nginx: master') &&
      read(pid, 'net/fib_trie').includes(`-- ${address}\n`),
  );
  if (!found) throw new Error(`there is no nginx with the address ${address}`);
  return Number(found);
}

/** Empty for a process that has gone. */
function read(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
