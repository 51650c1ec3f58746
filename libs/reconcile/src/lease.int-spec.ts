import { eventually } from '@nubo/testing';
import { gone, settled } from './reconciler';
import type { Run } from './run';
import { Latch, Scripted, Workplace } from './testing/workplace';

jest.setTimeout(60_000);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const untilAborted = ({ signal }: Run): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.open();
});
afterEach(() => place.clear());
afterAll(() => place?.close());

describe('two workers', () => {
  it('never run one resource at once, and every later run has a higher fence', async () => {
    const [under, most] = [new Map<string, number>(), new Map<string, number>()];
    const fences = new Map<string, number[]>();
    const busy = async (id: string, { fence }: Run) => {
      under.set(id, (under.get(id) ?? 0) + 1);
      most.set(id, Math.max(most.get(id) ?? 0, under.get(id) ?? 0));
      fences.set(id, [...(fences.get(id) ?? []), fence]);
      await pause(Math.random() * 10);
      under.set(id, (under.get(id) ?? 0) - 1);
      return settled();
    };
    const ids = await Promise.all(Array.from({ length: 8 }, () => place.wake()));
    await Promise.all([1, 2, 3].map(() => place.worker([new Scripted(busy)], { hears: true })));
    for (let i = 0; i < 20; i += 1) await Promise.all(ids.map((id) => place.wake({ id })));
    await Promise.all(ids.map((id) => place.asleep(id)));
    for (const id of ids) {
      const seen = fences.get(id) ?? [];
      expect(seen.length).toBeGreaterThan(1);
      expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
      expect(most.get(id)).toBe(1);
    }
  });

  it('leave a long run alone while its worker lives', async () => {
    const runs: number[] = [];
    const long = async (_id: string, { fence }: Run) => {
      runs.push(fence);
      await pause(900);
      return settled();
    };
    const pace = { leaseMs: 300 };
    await Promise.all([1, 2].map(() => place.worker([new Scripted(long)], { pace })));
    await place.asleep(await place.wake());
    expect(runs).toHaveLength(1);
  });

  it('hand over when one is killed: the first knows before the second begins', async () => {
    const order: string[] = [];
    const pace = { leaseMs: 500 };
    const hangs = new Scripted(async (_id, run) => {
      order.push(`first ${run.fence}`);
      await untilAborted(run);
      order.push('first lost it');
      throw new Error('ended');
    });
    const first = await place.worker([hangs], { pace });
    const id = await place.wake();
    await eventually(() => order.length === 1);
    const takesOver = async (_id: string, { fence }: Run) => {
      order.push(`second ${fence}`);
      return settled();
    };
    await place.worker([new Scripted(takesOver)], { pace });
    await first.cutOff();
    await place.asleep(id);
    const [one, lost, two] = order;
    expect(lost).toBe('first lost it');
    expect(Number(two?.split(' ')[1])).toBeGreaterThan(Number(one?.split(' ')[1]));
    expect(order).toHaveLength(3);
  });
});

describe('a lease', () => {
  it('that another worker has taken ends the run, and what the run says then does not count', async () => {
    const began = new Latch();
    const ended = new Latch();
    const loses = new Scripted(async (_id, run) => {
      began.open();
      await untilAborted(run);
      ended.open();
      return gone();
    });
    await place.worker([loses], { pace: { leaseMs: 4_000 } });
    const id = await place.wake();
    await began.wait();
    const taken = `UPDATE work SET fence = fence + 1, lease_until = 'infinity' WHERE resource_id = $1`;
    await place.em.query(taken, [id]);
    const started = performance.now();
    await ended.wait();
    expect(performance.now() - started).toBeLessThan(4_000);
    await place.stopWorkers();
    expect(await place.row(id)).toMatchObject({ leased: true });
  });

  it('is given back when the process stops, and work that does not end holds nothing up', async () => {
    const began = new Latch();
    const deaf = new Scripted(async () => {
      began.open();
      return new Promise<never>(() => undefined);
    }, 'deaf');
    const polite = new Scripted(async (_id, run) => {
      await run.step('wait', () => new Promise<never>(() => undefined));
      return settled();
    });
    const worker = await place.worker([polite, deaf], { pace: { graceMs: 200 } });
    const [id] = [await place.wake(), await place.wake({ kind: 'deaf' })];
    await eventually(async () => (await place.row(id))?.leased);
    await began.wait();
    const started = performance.now();
    await worker.worker.beforeApplicationShutdown();
    expect(performance.now() - started).toBeLessThan(4_500);
    expect(await place.row(id)).toMatchObject({ leased: false, due: true, error: null });
  });

  it('has a higher fence than before also when its row was made anew', async () => {
    const fences: number[] = [];
    const goes = async (_id: string, { fence }: Run) => {
      fences.push(fence);
      return gone();
    };
    await place.worker([new Scripted(goes)]);
    const id = await place.wake();
    await eventually(async () => !(await place.row(id)));
    await place.wake({ id });
    await eventually(() => fences.length === 2);
    expect(fences[1]).toBeGreaterThan(fences[0] ?? Infinity);
  });
});
