/** A bounded load over HTTP. */
import autocannon from 'autocannon';
import { usageOf } from './usage';

/** Something that answers, and the processes that work for it. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly paths: readonly string[];
  readonly token?: string;
  /** The name that is asked for; default: that of the URL. */
  readonly host?: string;
  readonly pids: Readonly<Record<string, number>>;
}

export interface Round {
  readonly requestsPerS: number;
  readonly requests: number;
  /** Milliseconds. */
  readonly latency: Readonly<Record<'p50' | 'p99', number>>;
  /** CPU milliseconds per 1,000 requests of each process. */
  readonly cpu: Readonly<Record<string, number>>;
  /** MiB at the end. */
  readonly rss: Readonly<Record<string, number>>;
}

export interface Bounds {
  readonly connections: number;
  readonly seconds: number;
}

/** One round. Throws when an answer was no 200, so that nobody measures refusals. */
export async function load(target: Target, { connections, seconds }: Bounds): Promise<Round> {
  const before = usages(target);
  const result = await autocannon({
    url: target.url,
    connections,
    duration: seconds,
    requests: target.paths.map((path) => ({ path })),
    headers: {
      ...(target.token && { authorization: target.token }),
      ...(target.host && { host: target.host }),
    },
  });
  const after = usages(target);
  const { requests, latency, non2xx, errors, timeouts } = result;
  if (non2xx + errors + timeouts > 0 || requests.total === 0)
    throw new Error(`${target.name}: ${non2xx} refused, ${errors} failed, ${timeouts} without an answer`);
  const each = <T>(of: (name: string) => T): Record<string, T> =>
    Object.fromEntries(Object.keys(target.pids).map((name) => [name, of(name)]));
  return {
    requestsPerS: requests.total / result.duration,
    requests: requests.total,
    latency: { p50: latency.p50, p99: latency.p99 },
    cpu: each((name) => ((after[name].cpuMs - before[name].cpuMs) / requests.total) * 1000),
    rss: each((name) => after[name].rssMib),
  };
}

const usages = ({ pids }: Target) =>
  Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, usageOf(pid)]));

/** Latencies of single requests, one after the other: exact quantiles. */
export async function oneByOne({ url, token, name }: Target, path: string, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const start = performance.now();
    const response = await fetch(url + path, { headers: token ? { authorization: token } : {} });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`${name}: ${path} was answered ${response.status}`);
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b);
}

/** Of sorted values. */
export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * q) - 1)];

export const median = (values: readonly number[]): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
