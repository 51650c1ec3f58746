/**
 * What project hosting promises: how soon an upload is live, how quick a rollback is, SFTP beside OpenSSH's server, what
 * thousands of sites cost, and the web server of sites beside plain nginx.
 */
import { spawnSync } from 'node:child_process';
import { manySites } from './hosting/many';
import { soonLive } from './hosting/live';
import { siteRequests } from './hosting/requests';
import { HostingBenchWorld } from './hosting/sites-world';
import { throughput } from './hosting/throughput';
import { machine } from './report';

const INSIDE = 'NUBO_BENCH_INSIDE';
const PARTS = { live: soonLive, sftp: throughput, sites: manySites, requests: siteRequests };
type Part = keyof typeof PARTS;
const isPart = (name: string): name is Part => name in PARTS;

/** A network of its own, and a /run where sshd finds its folder: nothing of this machine's is touched. Needs root. */
const WITHIN = 'ip link set lo up && mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec "$0" "$@"';

const seconds = (): string => process.uptime().toFixed(0).padStart(4);
const say = (line: string): void => void process.stderr.write(`${seconds()} s ${line}\n`);

/** The report as Markdown, of all parts or of one. */
export async function benchHosting(only?: string): Promise<string> {
  if (only !== undefined && !isPart(only)) throw new Error(`parts are ${Object.keys(PARTS).join(', ')}`);
  if (process.env[INSIDE] === undefined) return `${machine()}\n${elsewhere(only)}`;
  const world = await HostingBenchWorld.open(say);
  const stop = (): void => void world.close().finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const reports = [];
    for (const [name, part] of Object.entries(PARTS))
      if (only === undefined || only === name) reports.push(await part(world, say));
    return reports.join('\n');
  } finally {
    await world.close();
  }
}

function elsewhere(only?: string): string {
  const again = [process.execPath, process.argv[1], 'hosting', ...(only ? [only] : [])];
  const { status, stdout } = spawnSync('unshare', ['--net', '--mount', 'sh', '-c', WITHIN, ...again], {
    env: { ...process.env, [INSIDE]: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1024 * 1024,
  });
  if (status !== 0) throw new Error(`the benchmark of hosting ended with ${status}`);
  return stdout.toString('utf8').trimStart();
}
