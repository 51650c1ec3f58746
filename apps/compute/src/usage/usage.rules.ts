/** From a domain's counters to what its VM has used up. */
import { METERED_KINDS, type MeteredKind } from '@nubo/contracts';

/**
 * Raw counters of one run of a domain, which only grow: `<metered kind>` or `<metered kind> <device>`. CPU time is in
 * microseconds, all else in bytes.
 */
export type Counters = Record<string, number>;

/** What was read at once from one run of a domain. */
export interface Sample {
  /** Names the run: no other run of this domain has the same name while its VM is counted. */
  incarnation: string;
  counters: Counters;
}

/** Up to where a VM was counted. */
export interface Counted {
  incarnation: string | null;
  counters: Counters;
  cpuRestUs: number;
}

export type Grown = Record<MeteredKind, number>;

const SECOND_US = 1_000_000;

/**
 * What a VM used between two samples, which were taken one after the other. Another run has counted from 0, and so has
 * a counter that is lower than it was. A counter that is missing (qemu was busy) is caught up with next time.
 */
export function advance(counted: Counted, sample: Sample): { counted: Counted; grown: Grown } {
  const before = counted.incarnation === sample.incarnation ? counted.counters : {};
  const grown = Object.fromEntries(METERED_KINDS.map((kind) => [kind, 0])) as Grown;
  for (const [name, value] of Object.entries(sample.counters)) {
    const last = before[name] ?? 0;
    grown[kindOf(name)] += value >= last ? value - last : value;
  }
  const cpuUs = counted.cpuRestUs + grown.cpuSeconds;
  grown.cpuSeconds = Math.floor(cpuUs / SECOND_US);
  const counters = { ...before, ...sample.counters };
  return { counted: { incarnation: sample.incarnation, counters, cpuRestUs: cpuUs % SECOND_US }, grown };
}

/** The domain is off: whatever runs next counts from 0. */
export function ended({ cpuRestUs }: Counted): Counted {
  return { incarnation: null, counters: {}, cpuRestUs };
}

const kindOf = (name: string): MeteredKind => name.split(' ', 1)[0] as MeteredKind;

/** A statistic of libvirt's as a number; undefined when it is none. */
type Statistic = (key: string) => number | undefined;

/**
 * The counters in libvirt's statistics of a running domain (virConnectGetAllDomainStats, libvirt 9). rx and tx are as
 * the guest sees them: libvirt turns those of a tap round.
 */
export function countersOf(stats: Readonly<Record<string, unknown>>): Counters {
  const statistic: Statistic = (key) => {
    const value = stats[key];
    return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : undefined;
  };
  const devices = (group: string): [string, string][] =>
    Array.from({ length: statistic(`${group}.count`) ?? 0 }, (_, n) => {
      const name = stats[`${group}.${n}.name`];
      return [`${group}.${n}`, typeof name === 'string' ? name : String(n)];
    });
  const cpuNs = statistic('cpu.time');
  const read: [string, number | undefined][] = [
    ['cpuSeconds', cpuNs === undefined ? undefined : Math.floor(cpuNs / 1_000)],
    ...devices('block').flatMap(([at, name]): [string, number | undefined][] => [
      [`diskReadBytes ${name}`, statistic(`${at}.rd.bytes`)],
      [`diskWrittenBytes ${name}`, statistic(`${at}.wr.bytes`)],
    ]),
    ...devices('net').flatMap(([at, name]): [string, number | undefined][] => [
      [`networkInBytes ${name}`, statistic(`${at}.rx.bytes`)],
      [`networkOutBytes ${name}`, statistic(`${at}.tx.bytes`)],
    ]),
  ];
  return Object.fromEntries(read.filter((entry): entry is [string, number] => entry[1] !== undefined));
}
