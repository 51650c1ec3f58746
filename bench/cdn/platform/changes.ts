/** From the request that wants something else to every edge serving it: releases, rollbacks and purges of the whole platform. */
import { randomBytes } from 'node:crypto';
import type { DistributionView, ReleaseView } from '@nubo/contracts';
import { Agent, get } from 'node:http';
import { quantile } from '../../load';
import { table } from '../../report';
import { archiveOf, edgesOf, type SiteWorld, type Tree } from './site-world';

const FILES = 1_000;
const SIZE = 2_000;
const CHANGED = 10;
const PUBLISHED = 50;
const TIMES = 100;
const GOAL_MS = 150;
const LATE_MS = 60_000;
/** Between two changes: what follows a change is done. */
const PAUSE_MS = 250;

const agent = new Agent({ keepAlive: true });

export async function changes(site: SiteWorld, say: (line: string) => void): Promise<string> {
  const parts = [await releases(site, say), await purges(site, say)];
  agent.destroy();
  return parts.join('\n');
}

async function releases(site: SiteWorld, say: (line: string) => void): Promise<string> {
  const base = treeOf('first', FILES);
  const view = await site.ready((await site.publish({ name: 'releases' }, base)).id);
  const served = watch(view, '/mark.txt');
  say(`publishing ${PUBLISHED} releases`);
  const answered: number[] = [];
  const published = await times(PUBLISHED, async (n) => {
    const archive = archiveOf({ ...base, ...treeOf(`change${n}`, CHANGED) });
    await archive;
    return async (since) => {
      await site.release(view.id, archive);
      answered.push(performance.now() - since);
      await served(`change${n}`);
    };
  });
  const [last, before] = await site.rest.get<ReleaseView[]>(`/cdn/distributions/${view.id}/releases`);
  say(`rolling back ${TIMES} times`);
  const rolled = await times(TIMES, async (n) => {
    const to = n % 2 === 0 ? before : last;
    const mark = `change${PUBLISHED - 1 - ((n + 1) % 2)}`;
    return async () => {
      await site.rest.post(`/cdn/distributions/${view.id}/rollbacks`, { release: to.number });
      await served(mark);
    };
  });
  const shipped = Number(last.shippedBytes) / 3;
  await site.rest.delete(`/cdn/distributions/${view.id}`);
  return [
    `The whole platform: gateway, services, Postgres, NATS and SSH to hosts of a lab, with a host, a controller and edges at two locations as containers. From the request to both edges answering with the new content through their external ports (goal: p99 ≤ ${GOAL_MS} ms; ${FILES.toLocaleString('en')} files of ${SIZE / 1000} KB):`,
    '',
    table(HEAD, [
      row(`publish, ${CHANGED} files changed (${PUBLISHED} times)`, published),
      row('– of it until it is answered: upload, unpacking', answered),
      row(`rollback (${TIMES} times)`, rolled),
    ]),
    '',
    `A second release of which ${CHANGED} files changed shipped ${(shipped / 1000).toFixed(0)} KB of ${((FILES * SIZE) / 1000).toFixed(0)} KB to each instance that holds content.`,
    '',
  ].join('\n');
}

async function purges(site: SiteWorld, say: (line: string) => void): Promise<string> {
  let version = 0;
  const origin = await site.serveOrigin((path) => `${path} ${version}`);
  const view = await site.ready((await site.publish({ name: 'purges', origin, subnet: '191.0.0.0/24' })).id);
  const paths = Array.from({ length: FILES }, (_, n) => `/files/${n}`);
  say(`fetching ${FILES} answers`);
  for (const path of paths) for (const edge of edgesOf(view)) await textOf(`${edge.url}${path}`);
  const served = watch(view, '/files/7');
  const rows: string[][] = [];
  for (const wish of [
    { kind: 'path', path: '/files/7' },
    { kind: 'prefix', path: '/files/' },
    { kind: 'all' },
  ]) {
    say(`purging: ${wish.kind}, ${TIMES} times`);
    const found = await times(TIMES, async () => {
      version += 1;
      return async () => {
        await site.rest.post(`/cdn/distributions/${view.id}/purges`, wish);
        await served(`/files/7 ${version}`);
      };
    });
    rows.push(row(`purge ${wish.kind} (${TIMES} times)`, found));
  }
  await site.rest.delete(`/cdn/distributions/${view.id}`);
  return [
    `The same with an origin and ${FILES.toLocaleString('en')} of its answers kept by both edges, until both answer with what the origin says now:`,
    '',
    table(HEAD, rows),
    '',
  ].join('\n');
}

const HEAD = ['', 'p50 ms', 'p99 ms', 'slowest ms'];

const row = (what: string, found: readonly number[]): string[] => {
  const sorted = found.toSorted((a, b) => a - b);
  return [what, ...[0.5, 0.99, 1].map((q) => quantile(sorted, q).toFixed(0))];
};

const treeOf = (seed: string, count: number): Tree =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      n === 0 ? 'mark.txt' : `files/${n}.bin`,
      n === 0 ? Buffer.from(seed) : randomBytes(SIZE),
    ]),
  );

/**
 * Resolves when all edges answer with the text. One after the other: whoever waits for an answer that is being fetched looks
 * for it every 500 ms (nginx 1.22).
 */
function watch(view: DistributionView, path: string): (wanted: string) => Promise<void> {
  const urls = edgesOf(view).map(({ url }) => `${url}${path}`);
  return async (wanted) => {
    const late = performance.now() + LATE_MS;
    const until = async (url: string): Promise<void> => {
      while ((await textOf(url)) !== wanted) {
        if (performance.now() > late) throw new Error(`${url} does not come to ${wanted}`);
        await pause(2);
      }
    };
    for (const url of urls) await until(url);
  };
}

const textOf = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve(text)).once('error', reject);
    }).once('error', reject);
  });

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Milliseconds of each. What `prepare` does before it answers with what is measured does not count. */
async function times(
  count: number,
  prepare: (n: number) => Promise<(since: number) => Promise<void>>,
): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const run = await prepare(n);
    await pause(PAUSE_MS);
    const since = performance.now();
    await run(since);
    found.push(performance.now() - since);
  }
  return found;
}
