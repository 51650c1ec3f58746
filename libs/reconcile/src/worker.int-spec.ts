import { eventually } from '@nubo/testing';
import { gone, settled, waiting } from './reconciler';
import type { Run } from './run';
import { Latch, Scripted, Workplace } from './testing/workplace';
import { wake } from './work-store';

jest.setTimeout(60_000);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.open();
});
afterEach(() => place.clear());
afterAll(() => place?.close());

describe('a wake', () => {
  it('during a run is not lost', async () => {
    let runs = 0;
    const [began, go] = [new Latch(), new Latch()];
    const slow = async () => {
      runs += 1;
      began.open();
      await go.wait();
      return settled();
    };
    await place.worker([new Scripted(slow)]);
    const id = await place.wake();
    await began.wait();
    await place.wake({ id });
    go.open();
    await place.asleep(id);
    expect(runs).toBe(2);
  });

  it('during the run that ends a resource keeps its row for one more look', async () => {
    let runs = 0;
    const [began, go] = [new Latch(), new Latch()];
    const ends = async () => {
      runs += 1;
      began.open();
      await go.wait();
      return gone();
    };
    await place.worker([new Scripted(ends)]);
    const id = await place.wake();
    await began.wait();
    await place.wake({ id });
    go.open();
    await eventually(async () => !(await place.row(id)));
    expect(runs).toBe(2);
  });

  it('is heard at once, long before the worker looks by itself', async () => {
    const seen = new Latch();
    const ids: string[] = [];
    const notes = async (id: string) => {
      ids.push(id);
      seen.open();
      return settled();
    };
    await place.worker([new Scripted(notes)], { hears: true, pace: { idleMs: 60_000 } });
    await pause(300);
    const id = await place.wake();
    await seen.wait();
    expect(ids).toEqual([id]);
  });

  it('is found without being heard, and heard again after the listener was cut off', async () => {
    let runs = 0;
    const counts = async () => {
      runs += 1;
      return settled();
    };
    await place.worker([new Scripted(counts)], { hears: true, pace: { idleMs: 100 } });
    const listening = `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'nubo-things-listener'`;
    const cut: { pid: number }[] = await eventually(async () => {
      const rows = await place.em.query<{ pid: number }[]>(listening);
      return rows.length > 0 && rows;
    });
    await place.asleep(await place.wake());
    expect(runs).toBe(1);
    const back = await eventually(async () => {
      const rows = await place.em.query<{ pid: number }[]>(
        listening.replace(', pg_terminate_backend(pid)', ''),
      );
      return rows.length > 0 && rows;
    });
    expect(back[0]?.pid).not.toBe(cut[0]?.pid);
  });

  it('of a transaction that is rolled back never was', async () => {
    const id = '6d6f3bb0-5a2c-4b55-8d0e-7a3c0f5b9a01';
    const rolledBack = place.em.transaction(async (em) => {
      await wake(em, 'thing', id);
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    expect(await place.row(id)).toBeUndefined();
  });
});

describe('work', () => {
  it('that fails is tried again later and later, says why, and forgets it when it succeeds', async () => {
    const times: number[] = [];
    let well = false;
    const fails = async (_id: string, run: Run) => {
      times.push(performance.now());
      if (!well) await run.step('reach the host', () => Promise.reject(new Error('no route')));
      return settled();
    };
    await place.worker([new Scripted(fails)]);
    const id = await place.wake();
    await eventually(() => times.length === 2);
    const failed = await place.asleep(id);
    expect(failed).toMatchObject({ error: 'reach the host: no route', asleep: false, attempts: 2 });
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(50);
    well = true;
    await eventually(async () => (await place.row(id))?.asleep);
    expect(await place.row(id)).toMatchObject({ error: null, attempts: 0 });
  });

  it('that waits is looked at again after a while, or when woken', async () => {
    const runs: string[] = [];
    const waits = async (id: string) => {
      runs.push(id);
      return runs.length < 3 ? waiting('its port', runs.length === 1 ? 30 : 60_000) : settled();
    };
    await place.worker([new Scripted(waits)]);
    const id = await place.wake();
    await eventually(() => runs.length === 2);
    expect(await place.asleep(id)).toMatchObject({ error: 'its port', asleep: false });
    await place.wake({ id });
    await eventually(async () => (await place.row(id))?.asleep);
    expect(runs).toHaveLength(3);
  });

  it('that rests for a shorter time than the worker is idle for is looked at when it is due', async () => {
    let runs = 0;
    const restless = async () => {
      runs += 1;
      if (runs === 1) return waiting('its port', 30);
      if (runs === 2) throw new Error('no route');
      return runs === 3 ? settled(30) : settled();
    };
    await place.worker([new Scripted(restless)], { hears: true, pace: { idleMs: 60_000 } });
    const id = await place.wake();
    await eventually(async () => (await place.row(id))?.asleep);
    expect(runs).toBe(4);
  });

  it('past its deadline is told once it fails or waits, goes on, and a later success ends the transition', async () => {
    let runs = 0;
    const late = new Scripted(async (id) => {
      runs += 1;
      if (runs === 1) return waiting('its port', 30);
      await place.em.query(`UPDATE work SET deadline_at = now() WHERE resource_id = $1`, [id]);
      if (runs === 2) return waiting('its port', 30);
      if (runs === 3) throw new Error('no route');
      return settled();
    });
    await place.worker([late]);
    const id = await place.wake({ deadlineMs: 60_000 });
    await eventually(async () => (await place.row(id))?.asleep);
    expect(late.expiries).toEqual(['waiting for its port', 'no route']);
    expect(await place.row(id)).toMatchObject({ deadline: null, error: null });
  });

  it('is not called late by the deadline of an earlier transition', async () => {
    const [began, go] = [new Latch(), new Latch()];
    let runs = 0;
    const late = new Scripted(async () => {
      runs += 1;
      began.open();
      await go.wait();
      return runs === 1 ? waiting('its port', 30) : settled();
    });
    await place.worker([late]);
    const id = await place.wake({ deadlineMs: 1 });
    await began.wait();
    await pause(10);
    await place.wake({ id, deadlineMs: 60_000 });
    go.open();
    await eventually(async () => (await place.row(id))?.asleep);
    expect(late.expiries).toEqual([]);
  });

  it('goes on although nobody can be told that it is late', async () => {
    let runs = 0;
    const late = new Scripted(async () => {
      runs += 1;
      return runs < 3 ? waiting('its port', 20) : settled();
    });
    jest.spyOn(late, 'expired').mockRejectedValue(new Error('row is locked'));
    await place.worker([late]);
    const id = await place.wake({ deadlineMs: 0 });
    await eventually(async () => (await place.row(id))?.asleep);
    expect(late.expired).toHaveBeenCalledTimes(2);
  });

  it('that is slow does not hold up work of another kind', async () => {
    const slow = new Scripted(async (_id, run) => {
      await run.step('download', () => new Promise<never>(() => undefined));
      return settled();
    }, 'slow');
    const quick = new Scripted(async () => settled());
    await Promise.all(Array.from({ length: 5 }, () => place.wake({ kind: 'slow' })));
    await place.worker([slow, quick], { pace: { perKind: 2 } });
    await place.asleep(await place.wake());
    const leased = `SELECT count(*)::int AS n FROM work WHERE kind = 'slow' AND lease_until > now()`;
    expect(await place.em.query(leased)).toEqual([{ n: 2 }]);
  });

  it('goes on after the database has thrown everybody out', async () => {
    const ids = new Set<string>();
    const notes = async (id: string) => {
      ids.add(id);
      return settled();
    };
    await place.worker([new Scripted(notes)], { hears: true });
    await place.asleep(await place.wake());
    const throwOut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    await place.em.query(throwOut);
    const id = await eventually(() => place.wake());
    await eventually(() => ids.has(id));
  });
});
