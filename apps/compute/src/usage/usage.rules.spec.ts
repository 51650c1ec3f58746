import { METERED_KINDS, type MeteredKind } from '@nubo/contracts';
import fc from 'fast-check';
import { advance, countersOf, ended, type Counted, type Grown, type Sample } from './usage.rules';

const NOTHING: Counted = { incarnation: null, counters: {}, cpuRestUs: 0 };
const NONE = Object.fromEntries(METERED_KINDS.map((kind) => [kind, 0])) as Grown;

/** What all samples together come to. */
function totalOf(samples: (Sample | 'off')[]): Grown {
  const total = { ...NONE };
  let counted = NOTHING;
  for (const sample of samples) {
    if (sample === 'off') counted = ended(counted);
    else {
      const step = advance(counted, sample);
      counted = step.counted;
      for (const kind of METERED_KINDS) total[kind] += step.grown[kind];
    }
  }
  return total;
}

const of = (incarnation: string, counters: Record<string, number>): Sample => ({ incarnation, counters });

describe('what a VM has used', () => {
  it('is the first sample from 0, and then what came to it', () => {
    const samples = [of('a', { 'diskReadBytes vda': 10 }), of('a', { 'diskReadBytes vda': 15 })];
    expect(totalOf(samples)).toEqual({ ...NONE, diskReadBytes: 15 });
  });

  it('is not counted twice when a sample comes twice', () => {
    const sample = of('a', { 'diskReadBytes vda': 10 });
    expect(totalOf([sample, sample, sample])).toMatchObject({ diskReadBytes: 10 });
  });

  it('goes on from 0 when the domain was started again, also when it has counted further already', () => {
    const name = 'networkInBytes vnet0';
    expect(totalOf([of('a', { [name]: 10 }), of('b', { [name]: 4 })])).toMatchObject({ networkInBytes: 14 });
    expect(totalOf([of('a', { [name]: 10 }), of('b', { [name]: 30 })])).toMatchObject({ networkInBytes: 40 });
    expect(totalOf([of('a', { [name]: 10 }), 'off', of('a', { [name]: 30 })])).toMatchObject({
      networkInBytes: 40,
    });
  });

  it('goes on from 0 for one counter that was reset, and for no other', () => {
    const samples = [
      of('a', { 'networkOutBytes vnet0': 100, 'networkOutBytes vnet1': 100 }),
      of('a', { 'networkOutBytes vnet0': 7, 'networkOutBytes vnet1': 101 }),
    ];
    expect(totalOf(samples)).toMatchObject({ networkOutBytes: 208 });
  });

  it('is caught up with when a counter was missing once, and is not lost with a device', () => {
    const samples = [
      of('a', { 'diskReadBytes vda': 10, 'diskReadBytes vdb': 5 }),
      of('a', {}),
      of('a', { 'diskReadBytes vda': 25 }),
    ];
    expect(totalOf(samples)).toMatchObject({ diskReadBytes: 30 });
  });

  it('is in whole seconds of CPU time, and no part of a second is lost', () => {
    const samples = [0.4, 0.9, 1.3, 2.7].map((seconds) => of('a', { cpuSeconds: seconds * 1_000_000 }));
    expect(totalOf(samples)).toMatchObject({ cpuSeconds: 2 });
    expect(totalOf([...samples, 'off', of('b', { cpuSeconds: 300_000 })])).toMatchObject({ cpuSeconds: 3 });
  });
});

type Act =
  | { act: 'work'; kind: MeteredKind; amount: number }
  | { act: 'sample' | 'again' | 'restart' | 'off' | 'reset' };

describe('any sequence of work, samples, duplicate samples, restarts and resets', () => {
  const amount = fc.integer({ min: 0, max: 3_000_000 });
  const act: fc.Arbitrary<Act> = fc.oneof(
    fc.record({ act: fc.constant('work' as const), kind: fc.constantFrom(...METERED_KINDS), amount }),
    fc.record({ act: fc.constantFrom('sample' as const, 'again', 'restart', 'off', 'reset') }),
  );

  /** Looks at the guest once more before its counters are lost, as the platform does. */
  function samplesOf(acts: Act[]): { samples: (Sample | 'off')[]; worked: Grown } {
    const worked = { ...NONE };
    const samples: (Sample | 'off')[] = [];
    let [run, counters]: [number, Record<string, number>] = [0, {}];
    const look = (): void => void samples.push(of(`run ${run}`, { ...counters }));
    for (const one of acts) {
      if (one.act === 'work') {
        worked[one.kind] += one.amount;
        counters[one.kind] = (counters[one.kind] ?? 0) + one.amount;
        continue;
      }
      look();
      if (one.act === 'again') look();
      if (one.act === 'off') samples.push('off');
      if (one.act === 'restart' || one.act === 'off')
        [run, counters] = [one.act === 'off' ? run : run + 1, {}];
      if (one.act === 'reset') {
        counters = Object.fromEntries(Object.keys(counters).map((name) => [name, 0]));
        look();
      }
    }
    look();
    return { samples, worked };
  }

  it('comes to what was worked', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const { samples, worked } = samplesOf(acts);
        const cpuSeconds = Math.floor(worked.cpuSeconds / 1_000_000);
        expect(totalOf(samples)).toEqual({ ...worked, cpuSeconds });
      }),
      { numRuns: 500 },
    );
  });
});

describe('the counters of a domain', () => {
  it('are read from libvirt’s statistics, by device', () => {
    const stats = {
      ...{ 'state.state': 1, 'cpu.time': 1_234_567_890n, 'block.count': 2, 'net.count': 1 },
      ...{
        'block.0.name': 'vda',
        'block.0.rd.bytes': 512n,
        'block.0.wr.bytes': 1_024n,
        'block.0.rd.reqs': 9n,
      },
      ...{ 'block.1.name': 'sda', 'block.1.rd.bytes': 7n },
      ...{ 'net.0.name': 'np0', 'net.0.rx.bytes': 99n, 'net.0.tx.bytes': 11n },
    };
    expect(countersOf(stats)).toEqual({
      ...{ cpuSeconds: 1_234_567, 'diskReadBytes vda': 512, 'diskWrittenBytes vda': 1_024 },
      ...{ 'diskReadBytes sda': 7, 'networkInBytes np0': 99, 'networkOutBytes np0': 11 },
    });
  });

  it('are none where libvirt tells none', () => {
    expect(countersOf({ 'state.state': 5 })).toEqual({});
  });
});
