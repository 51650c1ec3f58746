import { randomUUID } from 'node:crypto';
import {
  addSigningKey,
  createDistribution,
  createRelease,
  deleteDistribution,
  exhausted,
  getDistribution,
  listReleases,
  purgeDistribution,
  removeSigningKey,
  rollBack,
  routeDistribution,
  tenantClosing,
  updateDistribution,
  type DistributionView,
  type Principal,
} from '@nubo/contracts';
import { ledgerCount, quotaDriftOf } from '@nubo/quota';
import { contextOf, eventually } from '@nubo/testing';
import { CdnContent, CdnInstance, CdnRelease, Distribution } from '../../../../libs/entities/src/cdn';
import { CdnWorld, type Files } from '../testing/cdn-world';

jest.setTimeout(60_000);

const ONE: Files = { 'index.html': 'one', 'big.txt': 'x'.repeat(1_000), 'app.0123abcd.js': 'old()' };
const TWO: Files = { 'index.html': 'two', 'big.txt': 'x'.repeat(1_000), 'app.4567cdef.js': 'new()' };

let world: CdnWorld;
let who: Principal;
beforeAll(async () => {
  world = await CdnWorld.open();
});
beforeEach(async () => {
  who = await world.owner();
  world.services.refusal = undefined;
  world.services.slow = false;
});
afterAll(() => world?.stop());

const call: CdnWorld['app']['call'] = (op, ctx, input) => world.app.call(op, ctx, input);
const edges = ({ instances }: DistributionView) => instances.filter(({ role }) => role === 'edge');
const served = (view: DistributionView) => edges(view).map(({ release }) => release);
const gone = (id: string) => eventually(async () => !(await world.em.existsBy(Distribution, { id })));
async function publish(id: string, files: Files): Promise<number> {
  const content = await world.content(who, files);
  return (await call(createRelease, contextOf(who), { id, content })).number;
}
const turned = (id: string, release: number) =>
  world.until(who, id, (view) => view.state === 'ready' && served(view).every((one) => one === release));

describe('a distribution', () => {
  it('gets a network, one edge per location and the others, and serves its content from all', async () => {
    const view = await world.ready(who, ONE);
    expect(view.customerId).toMatch(/^[0-9a-f]{32}$/);
    expect(view.instances.map(({ role, location }) => `${role} ${location}`).sort()).toEqual([
      'client loc1',
      'controller loc1',
      'edge loc1',
      'edge loc2',
      'host loc1',
    ]);
    expect(view.instances.every(({ state }) => state === 'serving')).toBe(true);
    expect(served(view)).toEqual([1, 1]);
    expect(new Set(edges(view).map(({ manifest }) => manifest)).size).toBe(1);
    expect(view.url).toMatch(/^http:\/\/203\.0\.113\.7:4\d{3}$/);
    const network = world.services.networks.get(view.vpcId);
    expect(network).toMatchObject({ cidr: '190.0.0.0/24', tenantId: who.tenantId, managedBy: 'cdn' });
    const route = await call(routeDistribution, contextOf(who), { customerId: view.customerId });
    expect(route.url).toBe(view.url);
  });

  it('tells its controller every instance with its address, and each edge what it is', async () => {
    const view = await world.ready(who, ONE);
    const { known } = await world.inside(view.id, 'controller');
    expect(known?.instances.map(({ role }) => role).sort()).toEqual(
      ['client', 'controller', 'edge', 'edge', 'host'].sort(),
    );
    expect(known?.instances.every(({ address }) => /^190\.0\.0\./.test(address))).toBe(true);
    const { settings } = await world.inside(view.id, 'edge', 'loc2');
    expect(settings).toMatchObject({ customer: view.customerId, keys: [], pull: null });
  });

  it.each([
    [{ locations: ['loc1', 'mars'] }, 'locations.1', /loc1, loc2, loc3/],
    [{ weights: [{ location: 'loc2', weight: 1 }] }, 'weights.0.location', /loc1/],
    [{ weights: [{ location: 'loc1', weight: 0 }] }, 'weights', /more than 0/],
    [{ locations: [] }, 'locations', /loc1, loc2, loc3/],
    [{ locations: ['loc1', 'loc1'] }, 'locations.1', /twice/],
    [{ subnet: undefined }, 'subnet', /IPv4/],
    [{ subnet: '127.0.0.0/24' }, 'subnet', /no host/],
    [{ Subnet: '10.0.0.0/24' }, 'Subnet', /twice/],
    [{ content: undefined }, 'srcdata', /archive/],
    [{ content: undefined, srcdata: '/etc' }, 'srcdata', /operator/],
    [{ content: undefined, srcdata: 'http://127.0.0.1/a.tar' }, 'srcdata', /private/],
    [{ origin: 'http://origin.example/' }, 'origin', /instead/],
    [{ content: undefined, origin: 'http://127.0.0.1:8081' }, 'origin', /no other machine/],
  ])('is refused with %j, and nothing is made', async (more, field, message) => {
    const base = { locations: ['loc1'], subnet: '190.0.0.0/24', content: 'a'.repeat(64) };
    const create = call(createDistribution, contextOf(who), { ...base, ...more });
    const error = (await create.catch((refused: unknown) => refused)) as {
      details: { fields: { field: string; message: string }[] };
    };
    const named = error.details.fields.find((one) => one.field === field);
    expect(named?.message).toMatch(message);
    expect(await world.em.countBy(Distribution, { tenantId: who.tenantId ?? '' })).toBe(0);
    expect(await ledgerCount(world.em, who.tenantId ?? '')).toBe(0);
  });

  it('is made once by a repeated request, also with the same archive sent twice', async () => {
    const ctx = contextOf(who, { idempotencyKey: 'once' });
    const wish = { locations: ['loc1'], subnet: '190.0.0.0/24' };
    const make = async () =>
      call(createDistribution, ctx, { ...wish, content: await world.content(who, ONE) });
    const [first, second] = [await make(), await make()];
    expect(second.id).toBe(first.id);
    expect(await world.em.countBy(Distribution, { tenantId: who.tenantId ?? '' })).toBe(1);
  });

  it('cannot be made of a content that somebody else sent', async () => {
    const content = await world.content(await world.owner(), { 'secret.txt': `${Math.random()}` });
    const wish = { locations: ['loc1'], subnet: '190.0.0.0/24', content };
    await expect(call(createDistribution, contextOf(who), wish)).rejects.toMatchObject({
      code: 'content_not_found',
    });
  });

  it('says so when compute has no room, and goes on when it has', async () => {
    world.services.refusal = exhausted('quota_exceeded', 'memory: 64 of 64 MiB are used.');
    const { id } = await world.create(who, ONE);
    const failed = await world.until(who, id, ({ state }) => state === 'error');
    expect(failed.stateReason).toContain('64 of 64 MiB');
    world.services.refusal = undefined;
    await world.until(who, id, ({ state }) => state === 'ready');
  });
});

describe('a new release', () => {
  it('is served by all, and ships only what changed', async () => {
    const { id } = await world.ready(who, ONE);
    expect(await publish(id, TWO)).toBe(2);
    await turned(id, 2);
    const [second, first] = (await call(listReleases, contextOf(who), { id })).items;
    const holders = 3;
    expect(first).toMatchObject({ number: 1, state: 'ready', files: 3 });
    expect(Number(first?.shippedBytes)).toBe(holders * 1_008);
    expect(second).toMatchObject({ number: 2, state: 'active' });
    expect(Number(second?.shippedBytes)).toBe(holders * 'twonew()'.length);
  });

  it('is taken back by a rollback, to the one before or to any that is kept', async () => {
    const { id } = await world.ready(who, ONE);
    await publish(id, TWO);
    await turned(id, 2);
    await call(rollBack, contextOf(who), { id });
    await turned(id, 1);
    await expect(call(rollBack, contextOf(who), { id })).rejects.toMatchObject({ code: 'no_release_before' });
    await call(rollBack, contextOf(who), { id, release: 2 });
    await turned(id, 2);
    // What was never unpacked cannot be served.
    await world.em.update(CdnRelease, { distributionId: id, number: 1 }, { state: 'error' });
    const unready = call(rollBack, contextOf(who), { id, release: 1 });
    await expect(unready).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('is one of as many as are kept: older ones go from rows and instances', async () => {
    const { id } = await world.ready(who, ONE, { keepReleases: 2 });
    for (const n of [2, 3, 4]) {
      await publish(id, { 'index.html': `${n}` });
      await turned(id, n);
    }
    const inside = await world.inside(id, 'edge', 'loc1');
    await eventually(async () => (await world.em.countBy(CdnRelease, { distributionId: id })) === 2);
    await eventually(() => inside.releases.size === 2);
    expect([...inside.releases.keys()].sort()).toEqual(['3', '4']);
    const other = call(rollBack, contextOf(who), { id: (await world.create(who, ONE)).id, release: 4 });
    await expect(other).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('does not wait for an edge that is down; that one has it when it is back', async () => {
    const { id } = await world.ready(who, ONE);
    const { token } = await world.inside(id, 'edge', 'loc2');
    world.instances.dead.add(token);
    await publish(id, TWO);
    const view = await world.until(who, id, ({ state, instances }) => {
      const [first] = instances.filter(({ role, location }) => role === 'edge' && location === 'loc1');
      return state === 'ready' && first?.release === 2;
    });
    expect(view.stateReason).toContain('the edge in loc2');
    expect(edges(view).find(({ location }) => location === 'loc2')).toMatchObject({ state: 'down' });
    world.instances.dead.delete(token);
    await turned(id, 2);
  });

  it('is populated anew on an edge that was built anew', async () => {
    const { id } = await world.ready(who, ONE);
    const { token } = await world.inside(id, 'edge', 'loc1');
    world.instances.inside.delete(token);
    await publish(id, TWO);
    await turned(id, 2);
    await eventually(() => world.instances.of(token).releases.size === 2);
  });
});

describe('the control of a distribution', () => {
  it('adds and removes locations: edges come and go, the others serve meanwhile', async () => {
    const { id } = await world.ready(who, ONE);
    await call(updateDistribution, contextOf(who), { id, locations: ['loc2', 'loc3'] });
    const moved = await world.until(who, id, (view) => {
      const where = edges(view).map(({ location }) => location);
      return view.state === 'ready' && where.length === 2 && where.includes('loc3');
    });
    expect(served(moved)).toEqual([1, 1]);
    await expect(call(updateDistribution, contextOf(who), { id, locations: ['mars'] })).rejects.toMatchObject(
      { kind: 'invalid' },
    );
  });

  it('purges by epochs that only grow', async () => {
    const { id } = await world.ready(who, {}, { origin: 'http://origin.example' });
    const purge = (input: object) => call(purgeDistribution, contextOf(who), { id, ...input } as never);
    await purge({ kind: 'prefix', path: '/img/' });
    await purge({ kind: 'path', path: '/a%20b.html' });
    const inside = await world.inside(id, 'edge', 'loc1');
    await eventually(() => inside.settings?.epochs.rules.length === 2);
    expect(inside.settings?.epochs).toEqual({
      all: 0,
      rules: [
        { kind: 'prefix', value: '/img/', epoch: 1 },
        { kind: 'path', value: '/a b.html', epoch: 2 },
      ],
    });
    await purge({ kind: 'all' });
    await eventually(() => inside.settings?.epochs.all === 3 && inside.settings.epochs.rules.length === 0);
    await expect(purge({ kind: 'all', path: '/x' })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(purge({ kind: 'path', path: '/a?b' })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(purge({ kind: 'path' })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('lets edges fetch from the host, and the host from the origin', async () => {
    const { id } = await world.ready(who, {}, { origin: 'http://origin.example' });
    const host = await world.inside(id, 'host');
    const edge = await world.inside(id, 'edge', 'loc1');
    expect(host.settings?.pull).toEqual({ origin: 'http://origin.example' });
    expect(edge.settings?.pull?.origin).toMatch(/^http:\/\/190\.0\.0\.\d+$/);
    const release = call(createRelease, contextOf(who), { id, srcdata: 'http://files.example/a.tar' });
    await expect(release).rejects.toMatchObject({ code: 'has_an_origin' });
  });

  it('signs with two keys at most, and edges know them', async () => {
    const { id } = await world.ready(who, ONE);
    const first = await call(addSigningKey, contextOf(who), { id });
    await call(addSigningKey, contextOf(who), { id });
    await expect(call(addSigningKey, contextOf(who), { id })).rejects.toMatchObject({ code: 'two_keys' });
    const grace = await world.owner();
    const steal = { id: (await world.create(grace, ONE)).id, keyId: first.id };
    await expect(call(removeSigningKey, contextOf(grace), steal)).rejects.toMatchObject({
      kind: 'not_found',
    });
    await eventually(async () => (await world.inside(id, 'edge', 'loc1')).settings?.keys.length === 2);
    await call(removeSigningKey, contextOf(who), { id, keyId: first.id });
    await eventually(async () => (await world.inside(id, 'controller')).settings?.keys.length === 1);
    expect(await call(getDistribution, contextOf(who), { id })).toMatchObject({ signed: true });
    expect(JSON.stringify(await call(getDistribution, contextOf(who), { id }))).not.toContain(first.secret);
  });

  it('shows the secret of a key once: neither again nor of one that is only tried', async () => {
    const { id } = await world.ready(who, ONE);
    const key = { idempotencyKey: randomUUID() };
    const first = await call(addSigningKey, contextOf(who, key), { id });
    expect(first.secret).toHaveLength(43);
    expect(await call(addSigningKey, contextOf(who, key), { id })).toEqual({ id: first.id, secret: null });
    const kept: unknown = await world.em.query('SELECT answer FROM idempotency WHERE key = $1', [
      key.idempotencyKey,
    ]);
    expect(kept).toEqual([{ answer: { id: first.id, secret: null } }]);
    const tried = await call(addSigningKey, contextOf(who, { dryRun: true }), { id });
    expect(tried.secret).toBeNull();
  });
});

describe('a distribution that is deleted', () => {
  it('leaves nothing, in whatever service', async () => {
    const before = world.services.left;
    const { id } = await world.ready(who, ONE);
    await call(deleteDistribution, contextOf(who), { id });
    await gone(id);
    expect(world.services.left).toBe(before);
    expect(await world.em.countBy(CdnInstance, { distributionId: id })).toBe(0);
    expect(await world.em.countBy(CdnRelease, { distributionId: id })).toBe(0);
    expect(await ledgerCount(world.em, who.tenantId ?? '')).toBe(0);
    expect(await quotaDriftOf(world.em)).toBe(0);
  });

  it('goes also while it is being made, and waits for its instances', async () => {
    world.services.slow = true;
    const { id } = await world.create(who, ONE);
    await eventually(async () => (await world.em.countBy(CdnInstance, { distributionId: id })) > 0);
    await call(deleteDistribution, contextOf(who), { id });
    const view = await call(getDistribution, contextOf(who), { id });
    expect(view.state).toBe('deleting');
    world.services.slow = false;
    await gone(id);
  });

  it('goes with its tenant', async () => {
    const { id } = await world.ready(who, ONE);
    await world.content(who, { 'never-released.txt': 'x' });
    await world.app.bus.publish(tenantClosing, { tenantId: who.tenantId ?? '' });
    await gone(id);
    await eventually(
      async () => (await world.em.countBy(CdnContent, { tenantId: who.tenantId ?? '' })) === 0,
    );
  });

  it('is not found any more by who fetches; nor is a part of a Customer ID', async () => {
    const { id, customerId } = await world.ready(who, ONE);
    const route = (wanted: string) => call(routeDistribution, contextOf(who), { customerId: wanted });
    await expect(route(customerId.slice(0, 31))).rejects.toMatchObject({ kind: 'not_found' });
    await expect(route(`${customerId}0`)).rejects.toMatchObject({ kind: 'not_found' });
    await call(deleteDistribution, contextOf(who), { id });
    await expect(route(customerId)).rejects.toMatchObject({ kind: 'not_found' });
  });
});
