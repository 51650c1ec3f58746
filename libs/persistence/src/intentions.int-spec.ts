import { randomUUID } from 'node:crypto';
import { conflict, NuboError, serviceContext, type EventType } from '@nubo/contracts';
import { wake } from '@nubo/reconcile';
import { contextOf, someone, testDatabase, type TestDatabase } from '@nubo/testing';
import { In } from 'typeorm';
import { forgetKeys, forgetTenant, type Intention } from './intentions';
import { MakeThing, makeThing, renameThing, Store, Thing, thing } from './testing/store';

jest.setTimeout(60_000);

const made: EventType<{ id: string }> = {
  name: 'compute.thing.made',
  subject: 'event.compute.thing.made',
  service: 'compute',
  consumers: [],
};

let testing: TestDatabase;
let store: Store;
beforeAll(async () => {
  testing = await testDatabase();
  store = await Store.open();
});
afterAll(async () => {
  await store?.close();
  await testing?.stop();
});

const TABLES = ['things', 'work', 'outbox', 'idempotency', 'audit.entries'];
beforeEach(() => store.em.query(`TRUNCATE ${TABLES.join(', ')}`));

async function counts(): Promise<number[]> {
  const sql = TABLES.map((table) => `(SELECT count(*) FROM ${table})::int`).join(', ');
  const [row]: { n: number[] }[] = await store.em.query(`SELECT ARRAY[${sql}] AS n`);
  return row?.n ?? [];
}

/** What a service does when somebody makes a thing. */
const make =
  (name: string, after: () => void = () => undefined) =>
  async (intention: Intention): Promise<Thing> => {
    const row = await intention.em.save(Thing, thing({ name }));
    await wake(intention.em, 'thing', row.id);
    await intention.emit(made, { id: row.id });
    after();
    return row;
  };

const input = (name: string): MakeThing => Object.assign(new MakeThing(), { name });
const write = (ctx: ReturnType<typeof contextOf>, name: string): Promise<Thing> =>
  store.intentions.write(makeThing, ctx, input(name), make(name));

describe('a write', () => {
  it('is one transaction: row, work, event, key with its answer and audit entry', async () => {
    const user = someone('member');
    const ctx = contextOf(user, { idempotencyKey: 'k', address: '192.0.2.7' });
    const answer = await write(ctx, 'a');
    expect(await counts()).toEqual([1, 1, 1, 1, 1]);
    const [entry] = await store.em.query<object[]>('SELECT * FROM audit.entries');
    expect(entry).toMatchObject({
      request_id: ctx.requestId,
      user_id: user.userId,
      tenant_id: user.tenantId,
      role: 'member',
      address: '192.0.2.7',
      action: 'compute.things.make',
      resource_id: answer.id,
    });
  });

  it('that fails at its end leaves nothing', async () => {
    const ctx = contextOf(someone(), { idempotencyKey: 'k' });
    const fails = make('a', () => {
      throw conflict('no_room', 'There is no room.');
    });
    const refused = store.intentions.write(makeThing, ctx, input('a'), fails);
    await expect(refused).rejects.toMatchObject({ kind: 'conflict', code: 'no_room' });
    expect(await counts()).toEqual([0, 0, 0, 0, 0]);
    await write(ctx, 'a');
    expect(await counts()).toEqual([1, 1, 1, 1, 1]);
  });

  it('that cannot be audited is not done', async () => {
    await store.em.query('ALTER TABLE audit.entries ADD CONSTRAINT full_of_entries CHECK (false) NOT VALID');
    const refused = write(contextOf(someone(), { idempotencyKey: 'k' }), 'a');
    await expect(refused).rejects.toThrow();
    await store.em.query('ALTER TABLE audit.entries DROP CONSTRAINT full_of_entries');
    expect(await counts()).toEqual([0, 0, 0, 0, 0]);
  });

  it('that is only tried says what would be and changes nothing', async () => {
    const ctx = contextOf(someone(), { idempotencyKey: 'k', dryRun: true });
    expect(await write(ctx, 'a')).toMatchObject({ name: 'a' });
    expect(await counts()).toEqual([0, 0, 0, 0, 0]);
    await write({ ...ctx, dryRun: false }, 'a');
    await expect(write({ ...ctx, idempotencyKey: undefined }, 'a')).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  it('that answers nothing is audited under what it was asked about', async () => {
    const id = randomUUID();
    const byId = { ...makeThing, input: Object, output: Object };
    await store.intentions.write<object, object>(byId, contextOf(someone()), { id }, async () => ({}));
    expect(await store.em.query('SELECT resource_id FROM audit.entries')).toEqual([{ resource_id: id }]);
  });

  it('is told in the words of the constraint that refuses it', async () => {
    store.intentions.explain({ things_name: () => conflict('name_taken', 'Another thing is called so.') });
    await write(contextOf(someone()), 'a');
    await expect(write(contextOf(someone()), 'a')).rejects.toMatchObject({ code: 'name_taken' });
  });

  it('uses one connection: asking for another inside it is a mistake that shows at once', async () => {
    const ctx = serviceContext('compute', 'r');
    let later: Promise<unknown> = Promise.resolve();
    const nested = store.intentions.apply(ctx, () => store.em.count(Thing));
    await expect(nested).rejects.toThrow('inside a transaction only its own entity manager is used');
    await store.intentions.apply(ctx, async () => {
      later = new Promise((resolve) => setTimeout(resolve, 20)).then(() => store.em.count(Thing));
    });
    expect(await later).toBe(0);
  });

  it('is tried again after a deadlock', async () => {
    const rows = [thing(), thing()];
    await store.em.insert(Thing, rows);
    const [a, b] = rows.map(({ id }) => id);
    let tries = 0;
    let waiting = 2;
    let meet = (): void => undefined;
    const bothHold = new Promise<void>((resolve) => (meet = resolve));
    const both = (one: string, other: string) =>
      store.intentions.apply(serviceContext('compute', 'r'), async ({ em }) => {
        tries += 1;
        await em.update(Thing, { id: one }, { state: `${tries}` });
        waiting -= 1;
        if (waiting === 0) meet();
        await bothHold;
        await em.update(Thing, { id: other }, { state: `${tries}` });
      });
    await Promise.all([both(a, b), both(b, a)]);
    // Postgres ends one of the two, or each of them when both look at the same moment, and they may meet again.
    expect(tries).toBeGreaterThan(2);
    const states = await store.em.findBy(Thing, { id: In([a, b]) });
    expect(states.map(({ state }) => state)).not.toContain('ready');
  });
});

describe('an Idempotency-Key', () => {
  it('gives the first answer again to the same request', async () => {
    const user = someone();
    const first = await write(contextOf(user, { idempotencyKey: 'k' }), 'a');
    const again = await write(contextOf(user, { idempotencyKey: 'k' }), 'a');
    expect(again).toEqual(JSON.parse(JSON.stringify(first)));
    expect(await counts()).toEqual([1, 1, 1, 1, 1]);
  });

  it('makes one thing of twenty requests at once, and gives all the same answer', async () => {
    const user = someone();
    const racing = Array.from({ length: 20 }, () => write(contextOf(user, { idempotencyKey: 'k' }), 'a'));
    const ids = new Set((await Promise.all(racing)).map(({ id }) => id));
    expect(ids.size).toBe(1);
    expect(await counts()).toEqual([1, 1, 1, 1, 1]);
  });

  it('is free again when the request that had it failed, also for those that waited', async () => {
    const user = someone();
    let tries = 0;
    const once = make('a', () => {
      tries += 1;
      if (tries === 1) throw conflict('busy', 'Busy.');
    });
    const racing = Array.from({ length: 5 }, () =>
      store.intentions.write(makeThing, contextOf(user, { idempotencyKey: 'k' }), input('a'), once),
    );
    const ended = await Promise.allSettled(racing);
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(await counts()).toEqual([1, 1, 1, 1, 1]);
  });

  it('is refused for another input or another operation', async () => {
    const ctx = contextOf(someone(), { idempotencyKey: 'k' });
    await write(ctx, 'a');
    const reused = { kind: 'unprocessable', code: 'idempotency_key_reused' };
    await expect(write(ctx, 'b')).rejects.toMatchObject(reused);
    const renamed = store.intentions.write(renameThing, ctx, input('a'), make('c'));
    await expect(renamed).rejects.toMatchObject(reused);
    expect(await counts()).toEqual([1, 1, 1, 1, 1]);
  });

  it('of another user is another key', async () => {
    const [one, other] = [someone(), someone()];
    const first = await write(contextOf(one, { idempotencyKey: 'k' }), 'a');
    const second = await write(contextOf(other, { idempotencyKey: 'k' }), 'b');
    expect(second.id).not.toBe(first.id);
  });

  it('is forgotten after a day, or with its tenant', async () => {
    const [leaving, staying] = [someone(), someone()];
    await write(contextOf(leaving, { idempotencyKey: 'k' }), 'a');
    await write(contextOf(staying, { idempotencyKey: 'k' }), 'b');
    await write(contextOf(staying, { idempotencyKey: 'old' }), 'c');
    await store.em.query(`UPDATE idempotency SET created_at = now() - interval '25 hours' WHERE key = 'old'`);
    await forgetKeys(store.em);
    await forgetTenant(store.em, leaving.tenantId!);
    const left = await store.em.query<object[]>('SELECT user_id, key FROM idempotency');
    expect(left).toEqual([{ user_id: staying.userId, key: 'k' }]);
  });
});

describe('a read', () => {
  it('passes on what was thrown on purpose', async () => {
    const read = store.intentions.read(async () => {
      throw conflict('no', 'No.');
    });
    await expect(read).rejects.toBeInstanceOf(NuboError);
  });
});
