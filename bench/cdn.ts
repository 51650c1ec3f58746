/**
 * What an edge costs beside plain nginx, whether flips tear, how long publishing, rollback and purges take: at edges alone, and
 * of the whole platform on hosts of a lab.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { EdgeNetwork } from '../edge/testing/network';
import { projectRoot } from '../stack/files';
import { flipsUnderLoad } from './cdn/flips';
import { wholePlatform } from './cdn/platform/main';
import { publishing } from './cdn/publishing';
import { purges } from './cdn/purges';
import { requestsPerCpuSecond } from './cdn/requests';
import { machine } from './report';

const INSIDE = 'NUBO_BENCH_PART';
const seconds = (): string => process.uptime().toFixed(0).padStart(4);
const say = (line: string): void => void process.stderr.write(`${seconds()} s ${line}\n`);

/** Where each part runs: in a network namespace of its own, or in a lab. Both need root. */
const PARTS = {
  edges: {
    run: edges,
    within: ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'],
  },
  platform: {
    run: () => wholePlatform(say),
    within: [process.execPath, join(projectRoot(), 'dist/lab/cli.js'), 'run', '--'],
  },
} as const;
type Part = keyof typeof PARTS;
const isPart = (name: string | undefined): name is Part => name !== undefined && name in PARTS;

/** The report as Markdown, of all parts or of one. Runs itself again where each part belongs. */
export async function benchCdn(only?: string): Promise<string> {
  const inside = process.env[INSIDE];
  if (isPart(inside)) return PARTS[inside].run();
  if (only !== undefined && !isPart(only)) throw new Error(`parts are ${Object.keys(PARTS).join(', ')}`);
  const wanted: Part[] = isPart(only) ? [only] : ['edges', 'platform'];
  return [machine(), ...wanted.map(elsewhere)].join('\n');
}

async function edges(): Promise<string> {
  const network = await EdgeNetwork.open();
  try {
    const parts = [];
    for (const part of [requestsPerCpuSecond, flipsUnderLoad, publishing, purges])
      parts.push(await part(network, say));
    return parts.join('\n');
  } finally {
    await network.close();
  }
}

function elsewhere(part: Part): string {
  const [command, ...words] = PARTS[part].within;
  const main = process.argv[1];
  const { status, stdout } = spawnSync(command, [...words, process.execPath, main, 'cdn'], {
    env: { ...process.env, [INSIDE]: part },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1024 * 1024,
  });
  if (status !== 0) throw new Error(`the benchmark of ${part} ended with ${status}`);
  return stdout.toString('utf8').trimStart();
}
