/** Requests per CPU second of two servers with the same files, which take turns. */
import { load, median, type Target } from './load';

export interface Comparison {
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
}

/** Medians of both, and of the ratio of each round by itself. Each target has one process, `nginx`. */
export async function perCpuSecond(
  targets: readonly [Target, Target],
  { connections, rounds, seconds }: Comparison,
): Promise<[number, number, number]> {
  const found: [number[], number[]] = [[], []];
  for (const target of targets) await load(target, { connections, seconds });
  for (let round = 0; round < rounds; round += 1)
    for (const n of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const { cpu } = await load(targets[n], { connections, seconds });
      found[n].push(1_000_000 / cpu.nginx);
    }
  const [ours, plain] = found;
  return [median(ours), median(plain), median(ours.map((one, round) => one / plain[round]))];
}
