import { overrideSettings } from '@nubo/config';
import { EVENT_STREAM, unavailable, type EventType } from '@nubo/contracts';
import { Bus, BusConnection } from '@nubo/messaging';
import { eventually, separateBusUrl, testDatabase, type TestDatabase } from '@nubo/testing';
import { JSONCodec, type JetStreamManager } from 'nats';
import { emit, OutboxRelay } from './outbox';
import { Store } from './testing/store';

jest.setTimeout(60_000);

interface Numbered {
  n: number;
}
const counted: EventType<Numbered> = {
  name: 'compute.thing.counted',
  subject: 'event.compute.thing.counted',
  service: 'compute',
  consumers: [],
};
const codec = JSONCodec<Numbered>();

let testing: TestDatabase;
let store: Store;
let connection: BusConnection;
let streams: JetStreamManager['streams'];
let restore: () => void;
const relays: OutboxRelay[] = [];

beforeAll(async () => {
  testing = await testDatabase();
  store = await Store.open();
  restore = overrideSettings({ NATS_URL: await separateBusUrl(), NUBO_SERVICE: 'compute' });
  connection = new BusConnection();
  connection.onModuleInit();
  streams = await eventually(async () => {
    const manager = await connection.get().jetstreamManager();
    await manager.streams.info(EVENT_STREAM);
    return manager.streams;
  });
});
beforeEach(() => streams.purge(EVENT_STREAM));
afterEach(() => Promise.all(relays.splice(0).map((relay) => relay.beforeApplicationShutdown())));
afterAll(async () => {
  await connection?.onApplicationShutdown();
  await store?.close();
  await testing?.stop();
  restore?.();
});

function relay(bus: Bus): OutboxRelay {
  const made = new OutboxRelay(store.database, bus, store.listener);
  relays.push(made);
  made.onApplicationBootstrap();
  return made;
}

/** A bus with a fault: `before` and `after` what the real one does. */
class FaultyBus extends Bus {
  constructor(
    private readonly before: () => Promise<void> = async () => undefined,
    private readonly after: () => Promise<void> = async () => undefined,
  ) {
    super(connection);
  }

  override async publish<P extends object>(id: string, subject: string, payload: P): Promise<void> {
    await this.before();
    await super.publish(id, subject, payload);
    await this.after();
  }
}

const emitAll = (numbers: number[]): Promise<void> =>
  store.em.transaction(async (em) => {
    for (const n of numbers) await emit(em, counted, { n });
  });

/** What JetStream has, oldest first. */
async function published(): Promise<number[]> {
  const { state } = await streams.info(EVENT_STREAM);
  const numbers: number[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1)
    numbers.push(codec.decode((await streams.getMessage(EVENT_STREAM, { seq })).data).n);
  return numbers;
}

async function waiting(): Promise<number> {
  const [row] = await store.em.query<{ n: number }[]>('SELECT count(*)::int AS n FROM outbox');
  return row?.n ?? 0;
}
const emptied = (): Promise<true> => eventually(async () => (await waiting()) === 0);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('events', () => {
  it('leave after commit, in order, each once', async () => {
    relay(new Bus(connection));
    const numbers = upTo(250);
    await emitAll(numbers.slice(0, 120));
    await emitAll(numbers.slice(120));
    await emptied();
    expect(await published()).toEqual(numbers);
  });

  it('of a transaction that is rolled back never leave', async () => {
    relay(new Bus(connection));
    const rolledBack = store.em.transaction(async (em) => {
      await emit(em, counted, { n: 1 });
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    await emitAll([2]);
    await emptied();
    expect(await published()).toEqual([2]);
  });

  it('are published once although the relay is killed after it published and before it noted so', async () => {
    let kills = 0;
    const killRelay = async (): Promise<void> => {
      kills += 1;
      if (kills > 3) return;
      const [row] = await store.em.query<{ killed: boolean }[]>(
        `SELECT pg_terminate_backend(pid) AS killed FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'idle in transaction'`,
      );
      expect(row?.killed).toBe(true);
    };
    await emitAll([1, 2, 3]);
    relay(new FaultyBus(undefined, killRelay));
    await emptied();
    expect(kills).toBeGreaterThan(3);
    expect(await published()).toEqual([1, 2, 3]);
  });

  it('wait while the bus is away, and those before the outage do not come again', async () => {
    let taken = 0;
    let away = true;
    const goesAway = async (): Promise<void> => {
      if (away && taken === 2) throw unavailable('bus_unavailable', 'The message bus does not answer.');
      taken += 1;
    };
    await emitAll([1, 2, 3, 4]);
    relay(new FaultyBus(goesAway));
    await eventually(async () => (await waiting()) === 2);
    await emitAll([5]);
    expect(await published()).toEqual([1, 2]);
    away = false;
    await emptied();
    expect(taken).toBe(5);
    expect(await published()).toEqual([1, 2, 3, 4, 5]);
  });

  it('keep their order although replicas share them, and are sent by one of them', async () => {
    let sent = 0;
    const hesitate = async (): Promise<void> => {
      sent += 1;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
    };
    const numbers = upTo(120);
    await emitAll(numbers.slice(0, 60));
    [1, 2, 3].forEach(() => relay(new FaultyBus(hesitate)));
    store.listener.onApplicationBootstrap();
    for (let i = 60; i < numbers.length; i += 10) await emitAll(numbers.slice(i, i + 10));
    await emptied();
    expect(await published()).toEqual(numbers);
    expect(sent).toBe(numbers.length);
  });

  it('that a stopping relay leaves are taken by the next', async () => {
    const slow = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
    await emitAll(upTo(30));
    const first = relay(new FaultyBus(slow));
    await eventually(async () => (await published()).length > 2);
    await first.beforeApplicationShutdown();
    const [left, sent] = [await waiting(), (await published()).length];
    expect(left).toBeGreaterThan(0);
    expect(left + sent).toBe(30);
    relay(new Bus(connection));
    await emptied();
    expect(await published()).toEqual(upTo(30));
  });
});
