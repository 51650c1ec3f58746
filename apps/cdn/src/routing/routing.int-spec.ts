import { randomUUID } from 'node:crypto';
import { routeDistribution, updateDistribution, type Principal } from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { CdnWorld } from '../testing/cdn-world';

jest.setTimeout(60_000);

const ONE = { 'index.html': 'one' };

let world: CdnWorld;
let who: Principal;
beforeAll(async () => {
  world = await CdnWorld.open();
});
beforeEach(async () => {
  who = await world.owner();
});
afterAll(() => world?.stop());

const call: CdnWorld['app']['call'] = (op, ctx, input) => world.app.call(op, ctx, input);

describe('a distribution', () => {
  it('leads users to where their instances are, and all others by weight', async () => {
    const weights = [{ location: 'loc1', weight: 0 }];
    const view = await world.ready(who, ONE, { weights });
    const user = 'ada@blue.test';
    world.services.users.set(`${who.tenantId} ${user}`, { userId: randomUUID(), places: ['loc3', 'loc2'] });
    const near = async (name?: string) =>
      (await call(routeDistribution, contextOf(who), { customerId: view.customerId, user: name })).near;
    expect(await near()).toBeNull();
    expect(await near(user)).toBe('loc2');
    const before = world.services.asked;
    expect([await near('Ada@Blue.test'), await near('kai@red.test')]).toEqual(['loc2', 'loc2']);
    // The same is asked about who is nobody, and nothing about who is known.
    expect(world.services.asked).toBe(before + 1);
  });

  it('leads only users of its own tenant', async () => {
    const { customerId } = await world.ready(who, ONE);
    const other = await world.owner();
    const names = Array.from({ length: 12 }, (_, n) => `kai-${n}@red.test`);
    for (const name of names)
      world.services.users.set(`${other.tenantId} ${name}`, { userId: randomUUID(), places: ['loc1'] });
    const near = (user: string) => call(routeDistribution, contextOf(who), { customerId, user });
    const led = (await Promise.all(names.map(near))).map((route) => route.near);
    expect([...new Set(led)].sort()).toEqual(['loc1', 'loc2']);
  });

  it('weighs its edges as it is told, and forgets what it is told with the location', async () => {
    const weights = [{ location: 'loc2', weight: 3 }];
    const view = await world.ready(who, ONE, { weights });
    expect(view.weights).toEqual([{ location: 'loc1', weight: 1 }, ...weights]);
    const inside = await world.inside(view.id, 'controller');
    const weightOf = (location: string) =>
      inside.known?.instances.find((one) => one.role === 'edge' && one.location === location)?.weight;
    expect([weightOf('loc1'), weightOf('loc2')]).toEqual([1, 3]);
    const update = (change: object) => call(updateDistribution, contextOf(who), { id: view.id, ...change });
    await update({ weights: [{ location: 'loc1', weight: 5 }] });
    await eventually(() => weightOf('loc1') === 5 && weightOf('loc2') === 1);
    expect((await update({ locations: ['loc2', 'loc3'] })).weights).toEqual([
      { location: 'loc2', weight: 1 },
      { location: 'loc3', weight: 1 },
    ]);
    await expect(update({ weights })).resolves.toMatchObject({ weights: [...weights, expect.anything()] });
    await expect(update({ weights: [{ location: 'loc1', weight: 1 }] })).rejects.toMatchObject({
      kind: 'invalid',
    });
  });
});
