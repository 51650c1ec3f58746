/** What an edge costs beside plain nginx, whether flips tear, and how long publishing, rollback and purges take. */
import { spawnSync } from 'node:child_process';
import { EdgeNetwork } from '../edge/testing/network';
import { flipsUnderLoad } from './cdn/flips';
import { publishing } from './cdn/publishing';
import { purges } from './cdn/purges';
import { requestsPerCpuSecond } from './cdn/requests';
import { machine } from './report';

const INSIDE = 'NUBO_BENCH_NETWORK';
const seconds = (): string => process.uptime().toFixed(0).padStart(4);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The report as Markdown. Runs itself again in a network namespace of its own, which needs root. */
export async function benchCdn(): Promise<string> {
  if (!process.env[INSIDE] && !process.env.NUBO_LAB) return inNamespace();
  const network = await EdgeNetwork.open();
  try {
    const parts = [];
    for (const part of [requestsPerCpuSecond, flipsUnderLoad, publishing, purges])
      parts.push(await part(network, (line) => say(`${seconds()} s ${line}`)));
    return [machine(), ...parts].join('\n');
  } finally {
    await network.close();
  }
}

function inNamespace(): string {
  const script = 'ip link set lo up && exec "$0" "$@"';
  const again = [
    '--net',
    'sh',
    '-c',
    script,
    process.execPath,
    ...process.argv.slice(1).filter((word) => word !== '--save'),
  ];
  const { status, stdout } = spawnSync('unshare', again, {
    env: { ...process.env, [INSIDE]: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1024 * 1024,
  });
  if (status !== 0) throw new Error(`the benchmark ended with ${status}`);
  return stdout.toString('utf8').trimStart();
}
