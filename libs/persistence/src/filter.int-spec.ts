import { randomUUID } from 'node:crypto';
import { NuboError, PRINTABLE, type MetadataMap, type Principal } from '@nubo/contracts';
import { OPERATORS, parseFilter } from '@nubo/filter';
import { contextOf, someone, testDatabase, type TestDatabase } from '@nubo/testing';
import fc from 'fast-check';
import { matches } from '../../filter/src/testing/matches';
import { limitToVisible } from './access';
import { pageOfQuery } from './paging';
import { listThings, Thing, thing, THING_FILTER, THINGS } from './testing/store';

jest.setTimeout(60_000);

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase([THINGS]);
});
afterAll(() => database?.stop());
beforeEach(() => database.em.query('TRUNCATE things, grants'));

async function found(who: Principal, query: string): Promise<string[]> {
  const ctx = contextOf(who);
  const list = limitToVisible(database.em.createQueryBuilder(Thing, 'thing'), ctx);
  const page = await pageOfQuery(list, { query, limit: 1000 }, ({ id }) => id, THING_FILTER.for(ctx));
  return page.items;
}

const TEXTS = [
  '',
  'web',
  'web-1',
  'Web',
  'a%b',
  'a_b',
  'a\\b',
  'a b',
  'a*b',
  '%',
  '"',
  'é',
  'z',
  '\u{1f600}',
  '\uffee',
  'x\ny',
];
const IDS = [randomUUID(), randomUUID()];
const TENANT = randomUUID();
const TIMES = ['2026-05-04T00:00:00.000Z', '2026-05-04T10:00:00.123Z', '1970-01-01T00:00:00.000Z'];
const SIZES = [0, 1, -1, 7, 2 ** 31, 999_999_999_999_999];
const IPS = ['10.0.0.1', '10.0.0.10', '192.0.2.7'];
const KEYS = ['team', 'a.b', 'constructor', '0'];

const some = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const maybe = <T>(...values: T[]): fc.Arbitrary<T | null> => fc.option(some(...values), { nil: null });

const labels: fc.Arbitrary<MetadataMap> = fc
  .array(fc.tuple(some(...KEYS), some(...TEXTS)), { maxLength: 3 })
  .map((entries) => Object.fromEntries(entries));

const rows: fc.Arbitrary<Thing[]> = fc.array(
  fc
    .record({
      id: fc.uuid(),
      name: some(...TEXTS),
      tenantId: maybe(TENANT, randomUUID()),
      metadata: labels,
      version: some(1, 2, 7),
      state: some('ready', 'error'),
      createdAt: some(...TIMES).map((time) => new Date(time)),
      open: fc.boolean(),
      note: maybe(...TEXTS),
      makerId: maybe(...IDS),
      count: maybe(0, 1, -7),
      size: maybe(...SIZES.map(String)),
      seenAt: maybe(...TIMES).map((time) => (time === null ? null : new Date(time))),
      ip: maybe(...IPS),
      tags: fc.option(fc.array(some(...TEXTS), { maxLength: 3 }), { nil: null }),
    })
    .map((columns) => thing({ ...columns, name: `${columns.name}` })),
  { maxLength: 8 },
);

const quoted = (text: string): string => `"${text.replace(/["\\*]/g, '\\$&')}"`;
/** A text as it may be written, whole or with wildcards in it. */
const written = fc.oneof(
  some(...TEXTS).map(quoted),
  some('*', 'web*', '*b', 'w*b', '"a *"', '"*\\**"', 'a%*', '*_*', '*\\*', 'é*', '**'),
);
const FIELDS: Record<string, fc.Arbitrary<string>> = {
  id: fc.oneof(fc.uuid(), some('*', 'a*', '*-*')),
  name: written,
  tenantId: some(TENANT, '*', TENANT.toUpperCase()),
  version: some('1', '2', '*', '-0'),
  state: some('ready', 'e*'),
  createdAt: some(...TIMES, '2026-05-04', '2026-05-04T12:00:00+02:00', '*'),
  open: some('true', 'false', '*'),
  note: written,
  makerId: some(...IDS, `${IDS[0]?.slice(0, 8)}*`, '*'),
  count: some('0', '1', '-7', '99999999999', '*'),
  bytes: some(...SIZES.map(String), '*'),
  seenAt: some(...TIMES, '2026-05-04', '*'),
  ip: some(...IPS, '10.0.0.*', '*', '*.1'),
  tags: written,
  ...Object.fromEntries(KEYS.map((key) => [`metadata.${key}`, written])),
};
const isOrder = (operator: string): boolean => operator.includes('<') || operator.includes('>');
const term = some(...Object.keys(FIELDS)).chain((field) =>
  fc.tuple(some(...OPERATORS), FIELDS[field] ?? written).map(([operator, value]) => {
    const unordered = ['id', 'tenantId', 'makerId', 'open', 'ip', 'tags'].includes(field);
    const isPattern = /(^|[^\\])\*/.test(value);
    return `${field}${isOrder(operator) && (unordered || isPattern) ? '=' : operator}${value}`;
  }),
);
const queries = fc.array(term, { maxLength: 3 }).map((terms) => terms.join(' '));

const viewOf = (row: Thing): Record<string, unknown> => ({
  ...row,
  bytes: row.size,
  createdAt: row.createdAt?.toISOString(),
  seenAt: row.seenAt?.toISOString(),
});

async function store(made: Thing[]): Promise<void> {
  await database.em.query('TRUNCATE things');
  await database.em.query('ALTER TABLE things DROP CONSTRAINT IF EXISTS things_name');
  if (made.length > 0) await database.em.insert(Thing, made);
}

describe('a query', () => {
  it('finds what it says, as a plain reading of the same rows does', async () => {
    let hits = 0;
    const same = async (made: Thing[], asked: string[]): Promise<void> => {
      await store(made);
      for (const query of asked) {
        const terms = parseFilter(query, listThings.filter.fields);
        const wished = made.filter((row) => matches(terms, viewOf(row))).map(({ id }) => id);
        expect({ query, ids: await found(someone('admin'), query) }).toEqual({ query, ids: wished.sort() });
        hits += wished.length;
      }
    };
    const property = fc.asyncProperty(rows, fc.array(queries, { minLength: 1, maxLength: 12 }), same);
    await fc.assert(property, { numRuns: 80 });
    expect(hits).toBeGreaterThan(300);
  });

  it('is understood or refused as invalid, whatever it is, and never shows what the caller may not see', async () => {
    const owner = someone('owner', { tenantId: TENANT });
    const injected = some(
      "name=' OR '1'='1",
      'name=x) OR (true',
      'name=:userId',
      'id=:tenantId',
      "metadata.a'b=c",
      'name=$1',
      'name="\\u0000"',
      'thing.id=1',
      'name=x--',
      'name=x;DROP',
      'secret=*',
      'secret!=x',
    );
    const broken = fc
      .tuple(queries, fc.nat(60), fc.string({ maxLength: 3 }))
      .map(([query, at, text]) => query.slice(0, at) + text + query.slice(at));
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ maxLength: 60 }),
      broken,
      injected,
      queries,
    );
    let understood = 0;
    const harmless = async (made: Thing[], query: string): Promise<void> => {
      fc.pre(PRINTABLE.test(query));
      await store(made);
      const mine = made.filter(({ tenantId }) => tenantId === TENANT).map(({ id }) => id);
      try {
        expect(mine).toEqual(expect.arrayContaining(await found(owner, query)));
        understood += 1;
      } catch (error) {
        if (!(error instanceof NuboError)) throw error;
        expect(error.toWire()).toMatchObject({
          kind: 'invalid',
          code: 'invalid_input',
          details: { fields: [{ field: 'query' }] },
        });
      }
    };
    await fc.assert(fc.asyncProperty(rows, anything, harmless), { numRuns: 300 });
    expect(understood).toBeGreaterThan(30);
  });

  it('is read page by page like any list', async () => {
    const owner = someone('owner', { tenantId: TENANT });
    await store(
      Array.from({ length: 25 }, (_, n) => thing({ tenantId: TENANT, state: n < 12 ? 'ready' : 'error' })),
    );
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const list = database.em.createQueryBuilder(Thing, 'thing');
      const asked = { limit: 5, after, query: 'state=ready' };
      const page = await pageOfQuery(list, asked, ({ state }) => state, THING_FILTER.for(contextOf(owner)));
      seen.push(...page.items);
      after = page.next;
    } while (after);
    expect(seen).toEqual(Array.from({ length: 12 }, () => 'ready'));
  });

  it('about what only administrators see says to others that there is no such field', async () => {
    await store([thing({ tenantId: TENANT, secret: 'x' })]);
    expect(await found(someone('admin'), 'secret=x')).toHaveLength(1);
    const refused = found(someone('owner', { tenantId: TENANT }), 'secret=x');
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(/no field "secret"; fields are ((?!secret).)*$/) as string,
    });
  });

  it('finds the time that a view shows, though the database keeps microseconds', async () => {
    await store([thing()]);
    await database.em.query("UPDATE things SET created_at = '2026-05-04T10:00:00.123456Z'");
    expect(await found(someone('admin'), 'createdAt=2026-05-04T10:00:00.123Z')).toHaveLength(1);
  });
});
