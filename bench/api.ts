/** DESIGN.md's first two promises: one VM read through all parts, and a page of 25,000. */
import { load, median, oneByOne, quantile, type Round, type Target } from './load';
import { machine, table } from './report';
import { BenchWorld, VMS } from './world';

/** Many at once, and one after the other. */
const CONNECTIONS = [16, 1];
/** V8 goes on compiling for thousands of requests. */
const WARM_S = 20;
const ROUND_S = 4;
const ROUNDS = 5;
const LISTS = 100;
const GOALS = { sameSelect: 0.8, echo: 0.35, listMs: 100 };

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The report as Markdown. */
export async function benchApi(): Promise<string> {
  const world = await BenchWorld.open(say);
  const stop = (): void => void world.close().finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const reads: string[] = [];
    for (const connections of CONNECTIONS) reads.push(...readReport(await measureReads(world, connections)));
    return [machine(), ...reads, ...(await measureLists(world))].join('\n');
  } finally {
    await world.close();
  }
}

interface Reads {
  readonly connections: number;
  readonly names: readonly string[];
  /** By name, in the order of the rounds. */
  readonly rounds: Readonly<Record<string, Round[]>>;
}

/** The targets take turns, so that what else the machine does hits all of them. */
async function measureReads(world: BenchWorld, connections: number): Promise<Reads> {
  const targets = await readTargets(world);
  const rounds: Record<string, Round[]> = Object.fromEntries(targets.map(({ name }) => [name, []]));
  say('warming up');
  for (const target of targets) await load(target, { connections, seconds: WARM_S });
  for (let n = 0; n < ROUNDS; n += 1) {
    say(`reads over ${connections} connections, round ${n + 1} of ${ROUNDS}`);
    for (const target of n % 2 === 0 ? targets : targets.toReversed())
      rounds[target.name].push(await load(target, { connections, seconds: ROUND_S }));
  }
  return { connections, names: targets.map(({ name }) => name), rounds };
}

async function readTargets(world: BenchWorld): Promise<Target[]> {
  const { gateway, compute, nats, postgres, bareGateway, bareEcho } = world.pids;
  const rows = await world.query<{ id: string }>(
    'SELECT id FROM compute.vms WHERE tenant_id = $1 ORDER BY random() LIMIT 500',
    [world.owner.tenantId],
  );
  const paths = (kind: string): string[] => rows.map(({ id }) => `${kind}/${id}`);
  const bare = `http://127.0.0.1:${world.barePort}`;
  const others = { nats, postgres };
  return [
    {
      name: 'bare echo',
      url: bare,
      paths: paths('/echo'),
      pids: { gateway: bareGateway, service: bareEcho, ...others },
    },
    {
      name: 'bare, same SELECTs',
      url: bare,
      paths: paths('/vm'),
      pids: { gateway: bareGateway, service: bareEcho, ...others },
    },
    {
      name: 'Nubo',
      url: world.platform.gatewayUrl,
      token: world.token(world.owner),
      paths: paths('/iaas/vms'),
      pids: { gateway, service: compute, ...others },
    },
  ];
}

function readReport({ connections, names, rounds }: Reads): string[] {
  const each = (name: string, of: (round: Round) => number): number => median(rounds[name].map(of));
  const process = (name: string, of: 'cpu' | 'rss', digits = 0): string[] =>
    Object.keys(rounds[name][0][of]).map((part) => each(name, (round) => round[of][part]).toFixed(digits));
  const rows = names.map((name) => [
    name,
    each(name, (round) => round.requestsPerS).toFixed(0),
    each(name, (round) => round.latency.p50).toFixed(0),
    each(name, (round) => round.latency.p99).toFixed(0),
    ...process(name, 'cpu'),
    process(name, 'rss').join(' / '),
  ]);
  const parts = ['gateway', 'service', 'NATS', 'Postgres'];
  const head = [
    '',
    'requests/s',
    'p50 ms',
    'p99 ms',
    ...parts.map((part) => `CPU ${part}`),
    `MiB ${parts.join(' / ')}`,
  ];
  const [echo, same, nubo] = names;
  return [
    `One VM read with a session, ${connections === 1 ? 'one connection' : `${connections} connections`}, median of ${ROUNDS} rounds of ${ROUND_S} s that take turns. CPU is in ms per 1,000 requests.`,
    '',
    table(head, rows),
    '',
    verdict('Nubo against the same SELECTs', ratio(rounds, nubo, same), GOALS.sameSelect),
    verdict('Nubo against the bare echo', ratio(rounds, nubo, echo), GOALS.echo),
    '',
  ];
}

/** Of each round by itself, then the middle. */
const ratio = (rounds: Reads['rounds'], one: string, other: string): number =>
  median(rounds[one].map(({ requestsPerS }, n) => requestsPerS / rounds[other][n].requestsPerS));

const verdict = (what: string, found: number, goal: number): string =>
  `- ${what}: **${(found * 100).toFixed(0)} %** (goal: ${goal * 100} %)`;

async function measureLists(world: BenchWorld): Promise<string[]> {
  const pages: [string, BenchWorld['owner'], string][] = [
    ['100 of all', world.owner, '/iaas/vms?limit=100'],
    [
      '100 that fit `state=running metadata.team=blue`',
      world.owner,
      '/iaas/vms?limit=100&query=state%3Drunning+metadata.team%3Dblue',
    ],
    ['the only one that fits `name=vm-24999`', world.owner, '/iaas/vms?limit=100&query=name%3Dvm-24999'],
    ['none that fits `name=*nothing*`', world.owner, '/iaas/vms?limit=100&query=name%3D*nothing*'],
    ['all 10 of a small tenant', world.small, '/iaas/vms?limit=100'],
    ['all 10 that were shared with a member', world.member, '/iaas/vms?limit=100'],
  ];
  const rows: string[][] = [];
  for (const [what, who, path] of pages) {
    say(`lists: ${what}`);
    const target = {
      name: 'Nubo',
      url: world.platform.gatewayUrl,
      token: world.token(who),
      paths: [],
      pids: {},
    };
    await oneByOne(target, path, 10);
    const times = await oneByOne(target, path, LISTS);
    rows.push([what, ...[0.5, 0.95, 1].map((q) => quantile(times, q).toFixed(1))]);
  }
  return [
    `Lists of ${VMS.toLocaleString('en')} VMs, ${LISTS} requests each, one after the other (goal: p95 ≤ ${GOALS.listMs} ms).`,
    '',
    table(['', 'p50 ms', 'p95 ms', 'slowest ms'], rows),
    '',
  ];
}
