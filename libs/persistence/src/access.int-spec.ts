import { randomUUID } from 'node:crypto';
import { NuboError, type Principal, type Role } from '@nubo/contracts';
import { contextOf, someone, testDatabase, type TestDatabase } from '@nubo/testing';
import fc from 'fast-check';
import { Client } from 'pg';
import { assertVersion, grant, limitToVisible, requireAccess, revokeGrants, type Within } from './access';
import { GrantRow, type GrantLevel } from './control.entities';
import { pageOfQuery } from './paging';
import { Thing, thing, THING_FILTER, THINGS } from './testing/store';

jest.setTimeout(60_000);

const IN_BOX: Within<Thing> = { entity: Thing, key: 'boxId' };

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase([THINGS]);
});
afterAll(() => database?.stop());
beforeEach(() => database.em.query('TRUNCATE things, grants'));

async function stored(overrides: Partial<Thing> = {}): Promise<Thing> {
  return database.em.save(thing(overrides));
}

/** `ok`, or the kind of the refusal. */
async function attempt(who: Principal | null, id: string, level: GrantLevel): Promise<string> {
  const options = { noun: 'thing', level, isOpen: (row: Thing) => row.open, within: IN_BOX };
  try {
    await requireAccess(database.em, contextOf(who), [Thing, id], options);
    return 'ok';
  } catch (error) {
    if (error instanceof NuboError) return error.kind;
    throw error;
  }
}

const both = async (who: Principal | null, id: string): Promise<string[]> => [
  await attempt(who, id, 'use'),
  await attempt(who, id, 'manage'),
];

async function listed(who: Principal): Promise<string[]> {
  const query = database.em.createQueryBuilder(Thing, 'thing');
  const visible = limitToVisible(query, contextOf(who), 'thing.open', IN_BOX);
  const page = await pageOfQuery(visible, {}, ({ id }) => id, THING_FILTER.for(contextOf(who)));
  return page.items;
}

describe('a resource', () => {
  it.each(['admin', 'service'] as const)('is open to every %s', async (role) => {
    const { id } = await stored({ tenantId: randomUUID() });
    expect(await both(someone(role), id)).toEqual(['ok', 'ok']);
  });

  it('is open to the owner of its tenant, whoever made it', async () => {
    const owner = someone('owner');
    const { id } = await stored({ tenantId: owner.tenantId });
    expect(await both(owner, id)).toEqual(['ok', 'ok']);
  });

  it('is not there for another member of its tenant', async () => {
    const member = someone('member');
    const { id } = await stored({ tenantId: member.tenantId });
    expect(await both(member, id)).toEqual(['not_found', 'not_found']);
  });

  it('can be used, and is seen to be closed to change, with a grant to use it', async () => {
    const member = someone('member');
    const { id } = await stored({ tenantId: randomUUID() });
    await grant(database.em, id, member, 'use');
    expect(await both(member, id)).toEqual(['ok', 'forbidden']);
  });

  it('is open with a grant to manage it, which replaces an earlier one and can be taken back', async () => {
    const member = someone('member');
    const { id } = await stored({ tenantId: randomUUID() });
    await grant(database.em, id, member, 'use');
    await grant(database.em, id, member, 'manage');
    expect(await both(member, id)).toEqual(['ok', 'ok']);
    await revokeGrants(database.em, id, member.userId);
    expect(await both(member, id)).toEqual(['not_found', 'not_found']);
  });

  it('that is open to all can be used by all and changed by few', async () => {
    const { id } = await stored({ open: true });
    expect(await both(someone('member'), id)).toEqual(['ok', 'forbidden']);
  });

  it.each(['use', 'manage'] as const)('gives the same %s to what is inside of it', async (level) => {
    const member = someone('member');
    const box = await stored({ tenantId: randomUUID() });
    const { id } = await stored({ tenantId: randomUUID(), boxId: box.id });
    expect(await both(member, id)).toEqual(['not_found', 'not_found']);
    await grant(database.em, box.id, member, level);
    expect(await both(member, id)).toEqual(['ok', level === 'manage' ? 'ok' : 'forbidden']);
    expect(await listed(member)).toEqual([box.id, id].sort());
  });

  it('is open to the owner of the tenant that it is inside of, and takes nothing from a grant of its own', async () => {
    const owner = someone('owner');
    const box = await stored({ tenantId: owner.tenantId });
    const { id } = await stored({ tenantId: randomUUID(), boxId: box.id });
    expect(await both(owner, id)).toEqual(['ok', 'ok']);
    const member = someone('member');
    await grant(database.em, id, member, 'manage');
    await grant(database.em, box.id, member, 'use');
    expect(await both(member, id)).toEqual(['ok', 'ok']);
  });

  it('of no tenant belongs to no owner', async () => {
    const { id } = await stored({ tenantId: null });
    expect(await both(someone('owner', { tenantId: null }), id)).toEqual(['not_found', 'not_found']);
  });

  it('looks the same to a stranger whether it is there or not', async () => {
    const stranger = someone('owner');
    const { id } = await stored({ tenantId: randomUUID() });
    const read = (wanted: string) =>
      requireAccess(database.em, contextOf(stranger), [Thing, wanted], { noun: 'thing', level: 'use' });
    const missing = randomUUID();
    const [there, not] = await Promise.all([id, missing].map((each) => read(each).catch((e: unknown) => e)));
    expect(there).toBeInstanceOf(NuboError);
    expect((there as NuboError).toWire()).toEqual({
      ...(not as NuboError).toWire(),
      message: (not as NuboError).message.replace(missing, id),
    });
  });

  it('tells nobody in particular to log in, there or not', async () => {
    const { id } = await stored();
    expect(await both(null, id)).toEqual(['unauthenticated', 'unauthenticated']);
    expect(await both(null, randomUUID())).toEqual(['unauthenticated', 'unauthenticated']);
  });

  it('is held by a transaction that locks it', async () => {
    const { id } = await stored();
    const read = { noun: 'thing', level: 'use', lock: true } as const;
    await database.em.transaction(async (em) => {
      await requireAccess(em, contextOf(someone('admin')), [Thing, id], read);
      const held = database.em.query('SELECT id FROM things FOR UPDATE NOWAIT');
      await expect(held).rejects.toThrow('could not obtain lock');
    });
  });

  it('is not changed on the strength of an older version', async () => {
    const row = await stored({ version: 3 });
    expect(() => assertVersion(contextOf(null), row)).not.toThrow();
    expect(() => assertVersion(contextOf(null, { ifMatch: 3 }), row)).not.toThrow();
    expect(() => assertVersion(contextOf(null, { ifMatch: 2 }), row)).toThrow('The version is 3, not 2');
  });
});

interface World {
  rows: (Pick<Thing, 'tenantId' | 'open'> & { box: number | null })[];
  grants: { row: number; userId: string; level: GrantLevel }[];
  people: Principal[];
}

describe('a list', () => {
  const TENANTS = [randomUUID(), randomUUID()];
  const USERS = [randomUUID(), randomUUID(), randomUUID()];
  const role = fc.constantFrom<Role>('owner', 'member', 'admin', 'service');
  const anyone = fc.record({
    role,
    userId: fc.constantFrom(...USERS),
    tenantId: fc.constantFrom(null, ...TENANTS),
  });
  const row = fc.record({
    tenantId: fc.constantFrom(null, ...TENANTS),
    open: fc.boolean(),
    box: fc.option(fc.nat(5)),
  });
  const given = fc.record({
    row: fc.nat(5),
    userId: fc.constantFrom(...USERS),
    level: fc.constantFrom<GrantLevel>('use', 'manage'),
  });
  const worlds: fc.Arbitrary<World> = fc.record({
    rows: fc.array(row, { minLength: 1, maxLength: 6 }),
    grants: fc.array(given, { maxLength: 6 }),
    people: fc.array(anyone, { minLength: 1, maxLength: 4 }),
  });

  it('holds exactly what single reads allow', async () => {
    const sameWorld = async ({ rows, grants, people }: World) => {
      await database.em.query('TRUNCATE things, grants');
      const made = rows.map(({ tenantId, open }) => thing({ tenantId, open }));
      made.forEach((row, n) => (row.boxId = made[rows[n]?.box ?? -1]?.id ?? null));
      await database.em.save(Thing, made);
      for (const { row: n, userId, level } of grants) {
        const { id } = made[n % made.length];
        await database.em.upsert(GrantRow, { resourceId: id, userId, tenantId: null, level }, [
          'resourceId',
          'userId',
        ]);
      }
      for (const who of people) {
        const allowed: string[] = [];
        for (const { id } of made) if ((await attempt(who, id, 'use')) === 'ok') allowed.push(id);
        expect(await listed(who)).toEqual(allowed.sort());
      }
    };
    await fc.assert(fc.asyncProperty(worlds, sameWorld), { numRuns: 30 });
  });

  it('is one statement, however many rows and grants there are', async () => {
    const member = someone('member');
    const made = await database.em.save(
      Thing,
      Array.from({ length: 40 }, () => thing({ tenantId: randomUUID() })),
    );
    for (const { id } of made) await grant(database.em, id, member, 'use');
    const asked = jest.spyOn(Client.prototype, 'query');
    expect(await listed(member)).toHaveLength(40);
    expect(asked).toHaveBeenCalledTimes(1);
    asked.mockRestore();
  });

  it('is read page by page, each item once, in an order that new items do not shift', async () => {
    const owner = someone('owner');
    await database.em.save(
      Thing,
      Array.from({ length: 25 }, () => thing({ tenantId: owner.tenantId })),
    );
    await stored({ tenantId: randomUUID() });
    const seen: string[] = [];
    const forOwner = THING_FILTER.for(contextOf(owner));
    let after: string | undefined;
    do {
      const query = limitToVisible(database.em.createQueryBuilder(Thing, 'thing'), contextOf(owner));
      const page = await pageOfQuery(query, { limit: 10, after }, ({ id }) => id, forOwner);
      seen.push(...page.items);
      after = page.next;
    } while (after);
    expect(seen).toHaveLength(25);
    expect(seen).toEqual([...new Set(seen)].sort());
  });

  it('has no more on a page than one message on the bus holds, however many are asked for', async () => {
    const owner = someone('owner');
    const metadata = { note: '\u0007'.repeat(50_000) };
    const made = Array.from({ length: 8 }, () => thing({ tenantId: owner.tenantId, metadata }));
    await database.em.save(Thing, made);
    const seen: string[] = [];
    const sizes: number[] = [];
    const forOwner = THING_FILTER.for(contextOf(owner));
    let after: string | undefined;
    do {
      const query = limitToVisible(database.em.createQueryBuilder(Thing, 'thing'), contextOf(owner));
      const together = { all: (rows: Thing[]) => Promise.resolve(rows) };
      const page = await pageOfQuery(query, { limit: 8, after }, together, forOwner);
      seen.push(...page.items.map(({ id }) => id));
      sizes.push(JSON.stringify(page).length);
      after = page.next;
    } while (after);
    expect(seen).toEqual(made.map(({ id }) => id).sort());
    expect(Math.max(...sizes)).toBeLessThan(1_000_000);
    expect(sizes).toHaveLength(3);
  });

  it('that ends with a page has no next one', async () => {
    const owner = someone('owner');
    await database.em.save(Thing, [thing({ tenantId: owner.tenantId }), thing({ tenantId: owner.tenantId })]);
    const query = limitToVisible(database.em.createQueryBuilder(Thing, 'thing'), contextOf(owner));
    const page = await pageOfQuery(query, { limit: 2 }, ({ id }) => id, THING_FILTER.for(contextOf(owner)));
    expect(page).not.toHaveProperty('next');
  });

  it.each(['x', '', '-'.repeat(36), 'f'.repeat(36), `${randomUUID()}' OR '1'='1`])(
    'refuses the cursor %p, which is not ours',
    async (id) => {
      const query = database.em.createQueryBuilder(Thing, 'thing');
      const page = pageOfQuery(
        query,
        { after: Buffer.from(id).toString('base64url') || '!' },
        (each) => each,
        THING_FILTER.for(contextOf(someone('owner'))),
      );
      await expect(page).rejects.toMatchObject({ kind: 'invalid' });
    },
  );
});
