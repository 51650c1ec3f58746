/** 10⁵ requests during 100 flips: each must be answered whole, from one release, and never from the one before. */
import { Agent, get } from 'node:http';
import { type Instance } from '../../edge/testing/instance';
import { type EdgeNetwork } from '../../edge/testing/network';
import { activate, push, releaseOf } from '../../edge/testing/publish';
import { quantile } from '../load';

const REQUESTS = 100_000;
const FLIPS = 100;
const FILES = 1_000;
const CLIENTS = 32;
const RELEASES = ['a', 'b'] as const;

const content = (release: string, n: number): string => `${release} ${n} ${'.'.repeat((n * 37) % 2_000)}`;

interface Counts {
  asked: number;
  wrong: number;
  late: number;
}

export async function flipsUnderLoad(network: EdgeNetwork, say: (line: string) => void): Promise<string> {
  const edge = await network.start({ role: 'edge' });
  for (const name of RELEASES) {
    const files = Array.from({ length: FILES }, (_, n) => [`${n}.txt`, content(name, n)] as const);
    await push(edge, name, releaseOf(Object.fromEntries(files)));
  }
  await activate(edge, 'a');
  say(`${REQUESTS} requests during ${FLIPS} flips`);
  const counts: Counts = { asked: 0, wrong: 0, late: 0 };
  const times = await flipWhileAsked(edge, counts);
  await edge.kill();
  const { asked, wrong, late } = counts;
  return [
    `${asked.toLocaleString('en')} requests by ${CLIENTS} clients for ${FILES.toLocaleString('en')} files during ${FLIPS} flips between two releases: **${wrong} mixed or missing**, ${late} begun after a flip was answered and served from the release before. A flip took ${quantile(times, 0.5).toFixed(0)} ms (p50), ${quantile(times, 0.99).toFixed(0)} ms (p99) under that load.`,
    '',
  ].join('\n');
}

async function flipWhileAsked(edge: Instance, counts: Counts): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  let flipped = 0;
  let done: string = 'a';
  let flipping = false;
  const client = async (start: number): Promise<void> => {
    for (let n = start; counts.asked < REQUESTS; n = (n + 7) % FILES) {
      counts.asked += 1;
      const sure = flipping ? undefined : done;
      const before = flipped;
      const { status, release, text } = await ask(agent, edge.address, `/${n}.txt`);
      if (status !== 200 || text !== content(release, n)) counts.wrong += 1;
      if (sure && before === flipped && !flipping && release !== sure) counts.late += 1;
    }
  };
  const clients = Array.from({ length: CLIENTS }, (_, n) => client(n * 31));
  const times: number[] = [];
  const flipper = async (): Promise<void> => {
    while (flipped < FLIPS) {
      if (counts.asked < ((flipped + 1) * REQUESTS) / (FLIPS + 2)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      flipping = true;
      const next = RELEASES[(flipped + 1) % 2];
      const began = performance.now();
      await activate(edge, next);
      times.push(performance.now() - began);
      done = next;
      flipped += 1;
      flipping = false;
    }
  };
  await Promise.all([...clients, flipper()]);
  agent.destroy();
  return times.toSorted((a, b) => a - b);
}

function ask(
  agent: Agent,
  host: string,
  path: string,
): Promise<{ status: number; release: string; text: string }> {
  return new Promise((resolve, reject) => {
    get({ host, path, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => {
        const release = String(response.headers['x-nubo-release']);
        resolve({ status: response.statusCode ?? 0, release, text });
      });
    }).once('error', reject);
  });
}
