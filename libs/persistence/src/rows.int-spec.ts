import { randomUUID } from 'node:crypto';
import { testDatabase, type TestDatabase } from '@nubo/testing';
import { QueryFailedError, QueryRunnerAlreadyReleasedError, type EntityManager } from 'typeorm';
import { rowsOf, rowWith, type Below } from './rows';
import { Thing, thing, THINGS } from './testing/store';

jest.setTimeout(20_000);

const CONTENTS: Below<Thing> = { entity: Thing, of: 'boxId', order: 'count' };

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase([THINGS]);
});
afterAll(() => database?.stop());
beforeEach(() => database.em.query('TRUNCATE things'));

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
