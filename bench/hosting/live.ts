/** From the last byte of an upload to a visitor who reads it, and from a rollback to one. */
import type { AutoPublish, ProjectView } from '@nubo/contracts';
import { quantile } from '../load';
import { table } from '../report';
import { scaled, write, type HostingBenchWorld, type Say } from './sites-world';

const RELEASES = scaled(50);
const ROLLBACKS = scaled(100);
const FILES = scaled(100);
const QUIET_S = 1;
const GOALS = { liveMs: 1_000, rollbackMs: 200 };

interface Way {
  readonly title: string;
  readonly autoPublish: AutoPublish;
  /** It waits that long on purpose. */
  readonly quietMs: number;
}
const WAYS: readonly Way[] = [
  { title: 'asked for by a request', autoPublish: 'manual', quietMs: 0 },
  { title: 'a file .deploy', autoPublish: 'file', quietMs: 0 },
  { title: `quiet for ${QUIET_S} s, without that second`, autoPublish: 'quiet', quietMs: QUIET_S * 1_000 },
];

export async function soonLive(world: HostingBenchWorld, say: Say): Promise<string> {
  const rows: string[][] = [];
  const worst: number[] = [];
  for (const way of WAYS) {
    say(`${RELEASES} releases, ${way.title}`);
    const times = await releases(world, way);
    rows.push(row(`last byte → live: ${way.title}`, times));
    worst.push(quantile(times, 0.95));
  }
  say(`${ROLLBACKS} rollbacks`);
  const back = await rollbacks(world);
  rows.push(row('rollback', back));
  const p95 = quantile(back, 0.95);
  return [
    `From the moment at which the SFTP server has confirmed the last file (or the rollback was sent) until a visitor reads the new page, asked for every 4 ms; a site of ${FILES} files of which one changes, ${RELEASES} releases each way and ${ROLLBACKS} rollbacks:`,
    '',
    table(['', 'p50 ms', 'p95 ms', 'slowest ms'], rows),
    '',
    `- Last byte → live: **${Math.max(...worst).toFixed(0)} ms** (p95, the slowest way; goal: ${GOALS.liveMs} ms)`,
    `- Rollback: **${p95.toFixed(0)} ms** (p95; goal: ${GOALS.rollbackMs} ms)`,
    '',
  ].join('\n');
}

const row = (title: string, times: number[]): string[] => [
  title,
  ...[0.5, 0.95, 1].map((q) => quantile(times, q).toFixed(0)),
];

async function releases(world: HostingBenchWorld, way: Way): Promise<number[]> {
  const rest = world.somebody();
  const site = await world.project(rest, { autoPublish: way.autoPublish, quietSeconds: QUIET_S });
  const sftp = await world.sftp(site);
  for (let n = 0; n < FILES; n += 1) await write(sftp, `page-${n}.html`, `page ${n} of ${site.name}`);
  const times: number[] = [];
  for (let n = 0; n < RELEASES; n += 1) {
    const text = `release ${n} of ${site.name}`;
    await write(sftp, 'index.html', text);
    if (way.autoPublish === 'file') await write(sftp, '.deploy', '');
    const began = performance.now();
    if (way.autoPublish === 'manual') await rest.post(`/hosting/projects/${site.id}/releases`, {});
    times.push((await world.untilLive(site, text, began)) - way.quietMs);
  }
  return sorted(times);
}

async function rollbacks(world: HostingBenchWorld): Promise<number[]> {
  const rest = world.somebody();
  const site = await world.project(rest, { autoPublish: 'manual' });
  const sftp = await world.sftp(site);
  for (const n of [1, 2]) await publish(world, site, { n, sftp, rest });
  const times: number[] = [];
  for (let n = 0; n < ROLLBACKS; n += 1) {
    const release = 1 + (n % 2);
    const began = performance.now();
    await rest.post(`/hosting/projects/${site.id}/rollbacks`, { release });
    times.push(await world.untilLive(site, `release ${release}`, began));
  }
  return sorted(times);
}

interface Publishing {
  n: number;
  sftp: Parameters<typeof write>[0];
  rest: ReturnType<HostingBenchWorld['somebody']>;
}

async function publish(
  world: HostingBenchWorld,
  site: ProjectView,
  { n, sftp, rest }: Publishing,
): Promise<void> {
  await write(sftp, 'index.html', `release ${n}`);
  await rest.post(`/hosting/projects/${site.id}/releases`, {});
  await world.untilLive(site, `release ${n}`, performance.now());
}

const sorted = (values: number[]): number[] => values.toSorted((a, b) => a - b);
