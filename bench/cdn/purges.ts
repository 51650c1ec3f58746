/** Purges of two edges and a host that hold 1,000 answers of an origin: from the first word to the last instance until none is served any more. */
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Instance } from '../../edge/testing/instance';
import { type EdgeNetwork } from '../../edge/testing/network';
import { quantile } from '../load';
import { table } from '../report';

const FILES = 1_000;
const TIMES = 100;
const GOAL_MS = 150;

type Rule = Readonly<{ kind: 'path' | 'prefix'; value: string; epoch: number }>;
interface Epochs {
  readonly all: number;
  readonly rules: readonly Rule[];
}

const KINDS: Readonly<Record<string, (n: number) => Epochs>> = {
  'purge one': (epoch) => ({ all: 0, rules: [{ kind: 'path', value: '/files/7', epoch }] }),
  'purge a prefix': (epoch) => ({
    all: 0,
    rules: [{ kind: 'prefix', value: '/files/', epoch: TIMES + epoch }],
  }),
  'purge all': (epoch) => ({ all: epoch, rules: [] }),
};

export async function purges(network: EdgeNetwork, say: (line: string) => void): Promise<string> {
  let version = 0;
  const server = createServer((request, response) => {
    response.writeHead(200, { 'cache-control': 'max-age=3600' }).end(`${request.url} ${version}`);
  });
  await new Promise<void>((resolve) => server.listen(0, `${network.prefix}.1`, resolve));
  const origin = `http://${network.prefix}.1:${(server.address() as AddressInfo).port}`;
  const host = await network.start({ role: 'host' });
  const edges = [
    await network.start({ role: 'edge', origin: host.address }),
    await network.start({ role: 'edge', location: 'loc2', origin: host.address }),
  ];
  const tell = async (epochs: Epochs): Promise<void> => {
    const settings = { pull: { origin }, epochs };
    // The host first, or an edge could fetch from it what is to be forgotten.
    await host.control('PUT', '/settings', settings);
    await Promise.all(edges.map((edge) => edge.control('PUT', '/settings', settings)));
  };
  await tell({ all: 0, rules: [] });
  await fill(edges);
  const rows: string[][] = [];
  for (const [kind, epochs] of Object.entries(KINDS)) {
    say(kind);
    const found: number[] = [];
    for (let n = 1; n <= TIMES; n += 1) found.push(await purge(edges, ++version, () => tell(epochs(n))));
    const sorted = found.toSorted((a, b) => a - b);
    rows.push([kind, ...[0.5, 0.99, 1].map((q) => quantile(sorted, q).toFixed(0))]);
  }
  server.closeAllConnections();
  server.close();
  return [
    `Two edges and a host that hold ${FILES.toLocaleString('en')} answers of an origin, ${TIMES} times each, until both edges answer with what the origin says now (goal: p99 ≤ ${GOAL_MS} ms):`,
    '',
    table(['', 'p50 ms', 'p99 ms', 'slowest ms'], rows),
    '',
  ].join('\n');
}

/** Milliseconds. Throws when an edge answers with anything but the version of now. */
async function purge(
  edges: readonly Instance[],
  version: number,
  tell: () => Promise<void>,
): Promise<number> {
  const began = performance.now();
  await tell();
  const texts = await textsOf(edges, '/files/7');
  const time = performance.now() - began;
  if (texts.some((text) => text !== `/files/7 ${version}`))
    throw new Error(`a purge left ${texts.join(', ')}`);
  return time;
}

/** One edge after the other: whoever waits for an answer that is being fetched looks for it every 500 ms (nginx 1.22). */
async function textsOf(edges: readonly Instance[], path: string): Promise<string[]> {
  const texts: string[] = [];
  for (const edge of edges) texts.push((await edge.get(path)).text);
  return texts;
}

async function fill(edges: readonly Instance[]): Promise<void> {
  for (let n = 0; n < FILES; n += 1) await textsOf(edges, `/files/${n}`);
}
