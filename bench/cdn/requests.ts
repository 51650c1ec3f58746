/** Requests per CPU second of an edge and of plain nginx with the same files, which take turns. */
import { randomBytes } from 'node:crypto';
import { type EdgeNetwork } from '../../edge/testing/network';
import { activate, push, releaseOf, type Content } from '../../edge/testing/publish';
import { perCpuSecond } from '../compare';
import { type Target } from '../load';
import { table } from '../report';
import { startBare } from './bare';

const SIZES = { '1 KB': 1_000, '10 KB': 10_000, '100 KB': 100_000 };
const FILES = 100;
const CONNECTIONS = 16;
const ROUNDS = 7;
const ROUND_S = 2;
const GOAL = 0.9;

export async function requestsPerCpuSecond(
  network: EdgeNetwork,
  say: (line: string) => void,
): Promise<string> {
  const edge = await network.start({ role: 'edge' });
  const files = Object.entries(SIZES).flatMap(([name, size]) =>
    Array.from({ length: FILES }, (_, n) => [`${folder(name)}/${n}.bin`, randomBytes(size)] as const),
  );
  const tree: Record<string, Content> = { '1k.bin': 'ready', ...Object.fromEntries(files) };
  await push(edge, 'bench', releaseOf(tree));
  await activate(edge, 'bench');
  const bare = await startBare(edge);
  const [init] = edge.pids();
  const rows: string[][] = [];
  const verdicts: string[] = [];
  for (const name of Object.keys(SIZES)) {
    const paths = Array.from({ length: FILES }, (_, n) => `/${folder(name)}/${n}.bin`);
    const targets: [Target, Target] = [
      { name: 'edge', url: `http://${edge.address}`, paths, pids: { nginx: init } },
      { name: 'plain nginx', url: bare.url, paths, pids: { nginx: bare.pid } },
    ];
    say(`requests per CPU second, ${name}`);
    const [ours, plain, ratio] = await perCpuSecond(targets, {
      ...{ connections: CONNECTIONS, rounds: ROUNDS, seconds: ROUND_S },
    });
    rows.push([name, ours.toFixed(0), plain.toFixed(0), `${(ratio * 100).toFixed(0)} %`]);
    verdicts.push(`${(ratio * 100).toFixed(0)} % at ${name}`);
  }
  await edge.kill();
  const head = ['', 'edge', 'plain nginx', 'edge / plain'];
  return [
    `Requests per CPU second of the server (${CONNECTIONS} connections that are kept, ${FILES} files, two workers each, median of ${ROUNDS} rounds of ${ROUND_S} s that take turns; the ratio is of each round by itself). The edge counts requests and chooses the release, plain nginx logs nothing.`,
    '',
    table(head, rows),
    '',
    `- An edge against plain nginx: **${verdicts.join(', ')}** (goal: ${GOAL * 100} %)`,
    '',
  ].join('\n');
}

const folder = (size: string): string => size.replace(' ', '').toLowerCase();
