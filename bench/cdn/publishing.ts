/** Publishing and rollback of 1,000 files on two edges, through their control API, until both serve it. */
import { randomBytes } from 'node:crypto';
import { type Instance } from '../../edge/testing/instance';
import { type EdgeNetwork } from '../../edge/testing/network';
import { activate, push, releaseOf, type Release } from '../../edge/testing/publish';
import { quantile } from '../load';
import { table } from '../report';

const FILES = 1_000;
const SIZE = 2_000;
const CHANGED = 10;
const PUBLISHED = 10;
const ROLLBACKS = 100;
const GOAL_MS = 150;

export async function publishing(network: EdgeNetwork, say: (line: string) => void): Promise<string> {
  const edges = [
    await network.start({ role: 'edge' }),
    await network.start({ role: 'edge', location: 'loc2' }),
  ];
  say(`publishing ${FILES} files`);
  const fresh = Array.from({ length: PUBLISHED }, (_, n) => releaseOf(tree(`whole${n}`)));
  const whole = await times(PUBLISHED, (n) => publish(edges, `whole${n}`, fresh[n]));
  const shipped: number[] = [];
  const base = tree('base');
  await publish(edges, 'base', releaseOf(base));
  const changed = Array.from({ length: PUBLISHED }, (_, n) =>
    releaseOf({ ...base, ...tree(`change${n}`, CHANGED) }),
  );
  const changes = await times(PUBLISHED, async (n) => {
    shipped.push(await publish(edges, `change${n}`, changed[n]));
  });
  say('rolling back');
  const flips = await times(ROLLBACKS, (n) => flip(edges, `change${n % 2}`));
  await Promise.all(edges.map((edge) => edge.kill()));
  const all = shipped[0] / edges.length;
  const full = FILES * SIZE;
  const row = (what: string, found: readonly number[]): string[] => [
    what,
    ...[0.5, 0.99, 1].map((q) => quantile(found, q).toFixed(0)),
  ];
  return [
    `${FILES.toLocaleString('en')} files of ${SIZE / 1000} KB on two edges at once, until both answer with the new release (its content, sent over a connection of its own each time):`,
    '',
    table(
      ['', 'p50 ms', 'p99 ms', 'slowest ms'],
      [
        row(`publish, all new (${PUBLISHED} times)`, whole),
        row(`publish, ${CHANGED} files changed (${PUBLISHED} times)`, changes),
        row(`rollback (${ROLLBACKS} times; goal: p99 ≤ ${GOAL_MS} ms)`, flips),
      ],
    ),
    '',
    `A second release of which ${CHANGED} files changed shipped ${(all / 1000).toFixed(0)} KB of ${(full / 1000).toFixed(0)} KB to each edge.`,
    '',
  ].join('\n');
}

const tree = (seed: string, count = FILES): Record<string, Buffer> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      n === 0 ? 'mark.txt' : `files/${n}.bin`,
      n === 0 ? Buffer.from(seed) : randomBytes(SIZE),
    ]),
  );

/** Bytes that were shipped. */
async function publish(edges: readonly Instance[], id: string, release: Release): Promise<number> {
  const sent = await Promise.all(edges.map((edge) => push(edge, id, release)));
  await flip(edges, id);
  return sent.reduce((sum, one) => sum + one, 0);
}

async function flip(edges: readonly Instance[], id: string): Promise<void> {
  await Promise.all(edges.map((edge) => activate(edge, id)));
  const marks = await Promise.all(edges.map(async (edge) => (await edge.get('/mark.txt')).text));
  if (marks.some((mark) => mark !== id)) throw new Error(`${id} is not served: ${marks.join(', ')}`);
}

async function times(count: number, run: (n: number) => Promise<unknown>): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const began = performance.now();
    await run(n);
    found.push(performance.now() - began);
  }
  return found.toSorted((a, b) => a - b);
}
