/** Requests per CPU second of servers with the same files, which take turns. */
import { load, median, type Round, type Target } from './load';

export interface Comparison {
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
}

/** The rounds of each target; they are asked in turns, forth and back, after a round that does not count. */
export async function takeTurns(
  targets: readonly Target[],
  { connections, rounds, seconds }: Comparison,
): Promise<Round[][]> {
  const found: Round[][] = targets.map(() => []);
  const order = [...targets.keys()];
  for (const target of targets) await load(target, { connections, seconds });
  for (let round = 0; round < rounds; round += 1)
    for (const n of round % 2 === 0 ? order : order.toReversed())
      found[n].push(await load(targets[n], { connections, seconds }));
  return found;
}

/** Of all processes together that work for a target. */
export const requestsPerCpuSecondOf = ({ cpu }: Round): number =>
  1_000_000 / Object.values(cpu).reduce((sum, ms) => sum + ms, 0);

/** Medians of both, and of the ratio of each round by itself. */
export async function perCpuSecond(
  targets: readonly [Target, Target],
  comparison: Comparison,
): Promise<[number, number, number]> {
  const rounds = await takeTurns(targets, comparison);
  const [ours, plain] = rounds.map((all) => all.map(requestsPerCpuSecondOf));
  return [median(ours), median(plain), median(ours.map((one, round) => one / plain[round]))];
}
