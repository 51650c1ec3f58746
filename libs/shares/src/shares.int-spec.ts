import { randomUUID } from 'node:crypto';
import {
  limited,
  nameUsers,
  notFound,
  resolveUser,
  shareOperations,
  type NuboError,
  type Operation,
  type Principal,
  type RequestContext,
  type ResolvedUser,
  type ShareView,
} from '@nubo/contracts';
import { contextOf, someone, testDatabase, type TestDatabase } from '@nubo/testing';
import type { Bus } from '@nubo/messaging';
import { GrantRow } from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { Store, Thing, thing, THINGS } from '../../persistence/src/testing/store';
import type { ShareChange, SharedNoun } from './shared-noun';
import { MOST_SHARES, Shares } from './shares.service';

jest.setTimeout(60_000);

/** The tenant service as far as shares ask it. */
class Users {
  readonly known: ResolvedUser[] = [];
  readonly asked: string[] = [];
  /** Who wanted to know whom somebody names. */
  readonly askers: RequestContext[] = [];
  patient = true;
  /** Happens while it looks for somebody. */
  meanwhile: () => Promise<unknown> = async () => undefined;

  add(who: Principal): ResolvedUser {
    const user = { userId: who.userId, tenantId: who.tenantId, email: `${who.userId}@nubo.test` };
    this.known.push(user);
    return user;
  }

  call = async (op: Operation<object, object>, ctx: RequestContext, input: object): Promise<object> => {
    this.asked.push(op.subject);
    if (op.subject === nameUsers.subject) {
      const { userIds } = input as { userIds: string[] };
      return { items: this.known.filter(({ userId }) => userIds.includes(userId)) };
    }
    this.askers.push(ctx);
    if (!this.patient) throw limited('too_many_attempts', 'Later.', { retryAfterSeconds: 60 });
    const { user } = input as { user: string };
    const found = this.known.find(({ userId, email }) => userId === user || email === user);
    if (op.subject !== resolveUser.subject || !found) throw notFound('user', user);
    await this.meanwhile();
    return found;
  };
}

const operations = shareOperations('compute.things');
const changed = jest.fn(async (_em: EntityManager, _id: string, _change: ShareChange) => undefined);
const things: SharedNoun<Thing> = {
  noun: 'thing',
  entity: Thing,
  operations,
  changed,
  access: { isOpen: (row) => row.open },
};

describe('the shares of a resource', () => {
  let database: TestDatabase;
  let store: Store;
  let users: Users;
  let shares: Shares;
  let maker: Principal;
  let row: Thing;

  beforeAll(async () => {
    database = await testDatabase([THINGS]);
    store = await Store.open();
  });
  afterAll(async () => {
    await store?.close();
    await database?.stop();
  });
  beforeEach(async () => {
    changed.mockClear();
    users = new Users();
    shares = new Shares(store.intentions, users as unknown as Bus);
    maker = someone('member');
    users.add(maker);
    row = await database.em.save(thing({ tenantId: maker.tenantId, userId: maker.userId }));
    await database.em.insert(GrantRow, grantOf(maker, 'manage'));
  });

  const grantOf = ({ userId, tenantId }: Principal, level: 'use' | 'manage') => ({
    resourceId: row.id,
    userId,
    tenantId,
    level,
  });
  const give = (who: Principal, user: string, grant?: 'use' | 'manage'): Promise<ShareView> =>
    shares.create(things, contextOf(who), { id: row.id, user, ...(grant && { grant }) });
  const take = (who: Principal, userId: string) =>
    shares.remove(things, contextOf(who), { id: row.id, userId });
  const list = async (who: Principal) => (await shares.list(things, contextOf(who), { id: row.id })).items;
  const holder = async (level: 'use' | 'manage', role: 'owner' | 'member' = 'owner') => {
    const who = someone(role);
    users.add(who);
    await give(maker, who.userId, level);
    changed.mockClear();
    return who;
  };
  const code = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'done',
      (error: NuboError) => error.code,
    );

  it('name a user by id or by e-mail, and let it use the resource unless told otherwise', async () => {
    const { userId, email } = users.add(someone('member'));
    expect(await give(maker, email)).toEqual({ userId, email, grant: 'use' });
    expect(await give(maker, userId)).toEqual({ userId, email, grant: 'use' });
    expect(await list(maker)).toEqual([{ userId, email, grant: 'use' }]);
  });

  it('change when they are given again, and only when another level is named', async () => {
    const { userId, email } = users.add(someone('member'));
    await give(maker, userId, 'manage');
    expect(await give(maker, email)).toMatchObject({ grant: 'manage' });
    expect(await give(maker, email, 'use')).toMatchObject({ grant: 'use' });
    expect(await list(maker)).toHaveLength(1);
  });

  it('are seen and made by those who manage the resource', async () => {
    const other = await holder('manage');
    const { userId } = users.add(someone('member'));
    await give(other, userId);
    expect(await list(other)).toHaveLength(2);
    await take(other, userId);
    expect(await list(maker)).toHaveLength(1);
  });

  it('are closed to who only uses it, and not there for strangers, whoever they name', async () => {
    const user = await holder('use');
    users.asked.length = 0;
    for (const named of [maker.userId, randomUUID()]) {
      expect(await code(give(user, named))).toBe('not_yours');
      expect(await code(give(someone('owner'), named))).toBe('thing_not_found');
      expect(await code(take(someone('owner'), named))).toBe('thing_not_found');
    }
    expect(await code(take(user, maker.userId))).toBe('not_yours');
    expect(await code(list(user))).toBe('not_yours');
    expect(await code(list(someone('owner')))).toBe('thing_not_found');
    expect(users.asked).toEqual([]);
  });

  it('are not made by who loses the resource while the user is looked for', async () => {
    const other = await holder('manage');
    const { userId } = users.add(someone('member'));
    users.meanwhile = () => take(maker, other.userId);
    expect(await code(give(other, userId))).toBe('thing_not_found');
    expect(await list(maker)).toEqual([]);
  });

  it('can be given up by the user', async () => {
    const user = await holder('use');
    await take(user, user.userId);
    expect(await list(maker)).toEqual([]);
    expect(await code(take(user, user.userId))).toBe('thing_not_found');
  });

  it('of what is open to all can be given up by nobody who has none', async () => {
    await database.em.update(Thing, { id: row.id }, { open: true });
    const stranger = someone('owner');
    expect(await code(take(stranger, stranger.userId))).toBe('share_not_found');
  });

  it('never take the maker’s access', async () => {
    const other = await holder('manage');
    expect(await code(take(other, maker.userId))).toBe('maker_keeps_access');
    expect(await code(take(maker, maker.userId))).toBe('maker_keeps_access');
    expect(await code(give(other, maker.userId, 'use'))).toBe('maker_keeps_access');
    expect(await give(other, maker.userId)).toMatchObject({ grant: 'manage' });
    expect(await list(maker)).toHaveLength(1);
  });

  it('are not made with somebody who is not there', async () => {
    expect(await code(give(maker, 'nobody@nubo.test'))).toBe('user_not_found');
    expect(await code(give(maker, randomUUID()))).toBe('user_not_found');
    expect(await code(take(maker, randomUUID()))).toBe('share_not_found');
    expect(await list(maker)).toEqual([]);
  });

  it('are asked for by the caller, whose misses are counted, and not made for who has too many', async () => {
    const { userId, email } = users.add(someone('member'));
    const other = await holder('manage');
    users.askers.length = 0;
    await code(give(other, randomUUID()));
    await give(maker, email);
    expect(users.askers.map(({ principal }) => principal)).toEqual([other, maker]);
    await take(maker, userId);
    users.patient = false;
    expect(await code(give(maker, email))).toBe('too_many_attempts');
    expect((await list(maker)).map((share) => share.userId)).toEqual([other.userId]);
  });

  it('with users who are gone are not shown', async () => {
    await holder('use');
    users.known.length = 0;
    expect(await list(maker)).toEqual([]);
  });

  it('are told in the transaction that makes or takes them, and only tried with a dry run', async () => {
    const { userId } = users.add(someone('member'));
    const dry = contextOf(maker, { dryRun: true });
    await shares.create(things, dry, { id: row.id, user: userId });
    expect(await list(maker)).toEqual([]);
    changed.mockRejectedValueOnce(new TypeError('not told'));
    await expect(give(maker, userId)).rejects.toThrow('not told');
    expect(await list(maker)).toEqual([]);
    changed.mockClear();
    await give(maker, userId);
    await take(maker, userId);
    const told = changed.mock.calls.map(([, id, { by, ...change }]) => [id, change, by.principal?.userId]);
    expect(told).toEqual([
      [row.id, { userId, level: 'use' }, maker.userId],
      [row.id, { userId, level: null }, maker.userId],
    ]);
  });

  it('are not more than one answer can list', async () => {
    const many = Array.from({ length: MOST_SHARES - 1 }, () => grantOf(someone('owner'), 'use'));
    await database.em.insert(GrantRow, many);
    const [last, surplus] = [users.add(someone('owner')), users.add(someone('owner'))];
    await give(maker, last.userId);
    expect(await code(give(maker, surplus.userId))).toBe('too_many_shares');
    expect(await give(maker, last.userId, 'manage')).toMatchObject({ grant: 'manage' });
  });
});
