import { randomUUID } from 'node:crypto';
import { testDatabase, type TestDatabase } from '@nubo/testing';
import { QueryFailedError, QueryRunnerAlreadyReleasedError, type EntityManager } from 'typeorm';
import { rowById, rowsOf, rowWith, type Below } from './rows';
import { Thing, thing, THINGS } from './testing/store';

jest.setTimeout(20_000);

const CONTENTS: Below<Thing> = { entity: Thing, of: 'boxId', order: 'count' };

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase([THINGS]);
});
afterAll(() => database?.stop());
beforeEach(() => database.em.query('TRUNCATE things'));

interface Pool {
  query(statement: { text: string }): Promise<object>;
}
const pool = (): Pool => (database.em.connection.driver as unknown as { master: Pool }).master;
afterEach(() => jest.restoreAllMocks());

const stored = (overrides: Partial<Thing> = {}): Promise<Thing> => database.em.save(thing(overrides));

describe('rows', () => {
  it('are the entities that TypeORM would read', async () => {
    const { id } = await stored({
      tags: ['a'],
      seenAt: new Date(7),
      ip: '10.0.0.1',
      size: '9007199254740993',
    });
    const expected = await database.em.findOneByOrFail(Thing, { id });
    expect(await rowsOf(database.em, Thing, 'id = $1', [id])).toEqual([expected]);
    expect(await rowsOf(database.em, Thing, 'id = $1', [randomUUID()])).toEqual([]);
  });

  it('of a transaction are its own', async () => {
    await database.em.transaction(async (em) => {
      const { id } = await em.save(thing());
      expect(await rowsOf(em, Thing, 'id = $1', [id])).toHaveLength(1);
      expect(await rowsOf(database.em, Thing, 'id = $1', [id])).toHaveLength(0);
    });
  });

  it('are not read with the connection of a transaction that has ended', async () => {
    let ended: EntityManager | undefined;
    await database.em.transaction(async (em) => void (ended = em));
    await expect(rowsOf(ended as EntityManager, Thing, 'id = $1', [randomUUID()])).rejects.toThrow(
      QueryRunnerAlreadyReleasedError,
    );
  });

  it('are read on, on the same connection, when a newer version of the service adds a column', async () => {
    const { id } = await stored();
    await database.em.transaction(async (em) => {
      const read = () => rowsOf(em, Thing, 'id = $1', [id]);
      for (let n = 0; n < 8; n += 1) await read();
      await em.query('ALTER TABLE things ADD COLUMN colour text');
      expect(await read()).toHaveLength(1);
      await em.query('ALTER TABLE things DROP COLUMN colour');
    });
  });

  it('that cannot be asked for say what failed', async () => {
    const failed = rowsOf(database.em, Thing, 'id = $1', ['no uuid']);
    await expect(failed).rejects.toThrow(QueryFailedError);
    await expect(failed).rejects.toMatchObject({ code: '22P02' });
  });
});

describe('rows by id that are asked for in one turn', () => {
  const texts = async (work: () => Promise<void>): Promise<string[]> => {
    const asked = jest.spyOn(pool(), 'query');
    await work();
    return asked.mock.calls.map(([{ text }]) => text);
  };

  it('come in one statement, each to who asked for it', async () => {
    const [one, other, none] = [await stored(), await stored(), randomUUID()];
    const ids = [one.id, none, other.id, one.id];
    let rows: (Thing | undefined)[] = [];
    const asked = await texts(async () => {
      rows = await Promise.all(ids.map((id) => rowById(database.em, Thing, id)));
    });
    expect(asked).toHaveLength(1);
    expect(rows.map((row) => row?.id)).toEqual([one.id, undefined, other.id, one.id]);
    expect(rows[0]).not.toBe(rows[3]);
  });

  it('do not fail with one that cannot be asked for', async () => {
    const { id } = await stored();
    const [good, bad] = await Promise.allSettled([
      rowById(database.em, Thing, id),
      rowById(database.em, Thing, 'no uuid'),
    ]);
    expect(good).toMatchObject({ value: { id } });
    expect(bad).toMatchObject({ reason: { code: '22P02' } });
  });

  it('all fail when the statement does, and are asked for again', async () => {
    const { id } = await stored();
    const read = () => Promise.allSettled([rowById(database.em, Thing, id), rowById(database.em, Thing, id)]);
    jest.spyOn(pool(), 'query').mockRejectedValueOnce(new Error('cut off'));
    expect(await read()).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    expect(await read()).toMatchObject([{ value: { id } }, { value: { id } }]);
  });

  it('are the transaction’s own in a transaction', async () => {
    await database.em.transaction(async (em) => {
      const { id } = await em.save(thing());
      const [inside, outside] = await Promise.all([rowById(em, Thing, id), rowById(database.em, Thing, id)]);
      expect([inside?.id, outside]).toEqual([id, undefined]);
    });
  });
});

describe('a row with those below it', () => {
  it('has them in order, and nobody else’s', async () => {
    const [box, other] = [await stored(), await stored()];
    const second = await stored({ boxId: box.id, count: 2 });
    const first = await stored({ boxId: box.id, count: 1 });
    await stored({ boxId: other.id, count: 0 });
    const [row, below] = (await rowWith(database.em, [Thing, box.id], CONTENTS)) ?? [];
    expect(row).toMatchObject({ id: box.id, createdAt: expect.any(Date) as Date });
    expect(below?.map(({ id }) => id)).toEqual([first.id, second.id]);
  });

  it('has none when there are none', async () => {
    const { id } = await stored();
    expect(await rowWith(database.em, [Thing, id], CONTENTS)).toMatchObject([{ id }, []]);
  });

  it('is not there when it does not exist', async () => {
    expect(await rowWith(database.em, [Thing, randomUUID()], CONTENTS)).toBeUndefined();
  });
});
