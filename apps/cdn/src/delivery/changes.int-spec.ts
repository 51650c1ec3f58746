import {
  createRelease,
  exhausted,
  purgeDistribution,
  rollBack,
  updateDistribution,
  type DistributionView,
  type Principal,
} from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { CdnInstance, CdnRelease } from '../../../../libs/entities/src/cdn';
import { CdnWorld } from '../testing/cdn-world';
import { Looks } from './looks.store';

jest.setTimeout(60_000);

const edges = ({ instances }: DistributionView) => instances.filter(({ role }) => role === 'edge');

describe('a change of a distribution that was just looked at', () => {
  let world: CdnWorld;
  let who: Principal;
  let id: string;

  beforeAll(async () => {
    world = await CdnWorld.open();
    who = await world.owner();
    // However slow the machine is.
    const looks = world.app.get(Looks);
    const seen = looks.seen.bind(looks);
    jest.spyOn(looks, 'seen').mockImplementation((known) => {
      const look = seen(known);
      return look && { ...look, isRecent: true };
    });
    jest.spyOn(looks, 'dueIn').mockReturnValue(3_600_000);
    ({ id } = await world.ready(who, { 'index.html': 'one' }));
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await world?.stop();
  });

  async function publish(text: string, of = id): Promise<number> {
    const content = await world.content(who, { 'index.html': text });
    return (await world.app.call(createRelease, contextOf(who), { id: of, content })).number;
  }

  it('goes out without a question to other services about what has not changed', async () => {
    const before = world.services.ensured;
    const number = await publish('two');
    await world.until(who, id, (view) => edges(view).every(({ release }) => release === number));
    await world.until(who, id, ({ state }) => state === 'ready');
    expect(world.services.ensured).toBe(before);
  });

  it('goes out to instances before they are asked anything, and ships them only what is new', async () => {
    const edge = await world.inside(id, 'edge', 'loc1');
    const { said } = world.instances;
    said.length = 0;
    const before = edge.shipped;
    const number = await publish('of a known length');
    await world.until(who, id, (view) => edges(view).every(({ release }) => release === number));
    const told = said.filter((line) => line.endsWith(edge.token)).map((line) => line.split(' ')[0]);
    expect(told.slice(0, 3)).toEqual(['ship', 'prepare', 'activate']);
    expect(told[3]).toBe('status');
    expect(edge.shipped - before).toBe('of a known length'.length);
    said.length = 0;
    await world.app.call(rollBack, contextOf(who), { id, release: number - 1 });
    await world.until(who, id, (view) => edges(view).every(({ release }) => release === number - 1));
    const flipped = said.filter((line) => line.endsWith(edge.token)).map((line) => line.split(' ')[0]);
    expect(flipped.slice(0, 2)).toEqual(['activate', 'status']);
  });

  it('reaches instances that are not as they were left, too', async () => {
    const edge = await world.inside(id, 'edge', 'loc2');
    edge.blobs.clear();
    edge.releases.clear();
    Object.assign(world.instances.of(edge.token), { release: null, settings: null });
    const number = await publish('four');
    await world.until(who, id, (view) => edges(view).every(({ release }) => release === number));
    const inside = world.instances.of(edge.token);
    expect([inside.release, inside.settings?.customer]).toEqual([String(number), expect.any(String)]);
  });

  it('is told to the host before edges, which fetch from it', async () => {
    const origin = 'http://203.0.113.9';
    const made = await world.ready(who, {}, { origin, subnet: '191.0.0.0/24' });
    const [host, edge] = [await world.inside(made.id, 'host'), await world.inside(made.id, 'edge', 'loc1')];
    const { said } = world.instances;
    said.length = 0;
    await world.app.call(purgeDistribution, contextOf(who), { id: made.id, kind: 'all' });
    await eventually(() => world.instances.of(edge.token).settings?.epochs.all === 1);
    const told = said.filter((line) => line.startsWith('configure'));
    expect(told[0]).toBe(`configure ${host.token}`);
    expect(said.indexOf(`configure ${edge.token}`)).toBeLessThan(said.indexOf(`status ${edge.token}`));
  });

  it('does not purge edges that would fetch from a host that was not told', async () => {
    const origin = 'http://203.0.113.9';
    const made = await world.ready(who, {}, { origin, subnet: '192.168.0.0/24' });
    const [host, edge] = [await world.inside(made.id, 'host'), await world.inside(made.id, 'edge', 'loc1')];
    const epoch = () => world.instances.of(edge.token).settings?.epochs.all;
    world.instances.dead.add(host.token);
    await world.app.call(purgeDistribution, contextOf(who), { id: made.id, kind: 'all' });
    await world.until(
      who,
      made.id,
      ({ state, stateReason }) => state === 'ready' && /host/.test(stateReason ?? ''),
    );
    const becomes = (wanted: string) =>
      world.until(who, made.id, (view) =>
        edges(view).some(({ location, state }) => location === 'loc1' && state === wanted),
      );
    world.instances.dead.add(edge.token);
    await becomes('down');
    world.instances.dead.delete(edge.token);
    await becomes('serving');
    expect(epoch()).toBe(0);
    world.instances.dead.delete(host.token);
    await eventually(() => epoch() === 1);
  });

  it('leaves what a rollback chooses while it is brought out', async () => {
    const made = await world.ready(who, { 'index.html': '1' }, { keepReleases: 2, subnet: '10.1.0.0/24' });
    const { token } = await world.inside(made.id, 'edge', 'loc1');
    const turned = (number: number) =>
      world.until(
        who,
        made.id,
        (view) => view.state === 'ready' && edges(view).every(({ release }) => release === number),
      );
    await publish('2', made.id);
    await turned(2);
    const activate = jest.spyOn(world.instances, 'activate').mockImplementationOnce(async (...told) => {
      await world.app.call(rollBack, contextOf(who), { id: made.id, release: 1 });
      return world.instances.activate(...told);
    });
    const drop = jest.spyOn(world.instances, 'drop');
    await publish('3', made.id);
    await turned(1);
    expect(await world.em.countBy(CdnRelease, { distributionId: made.id, number: 1 })).toBe(1);
    const dropped = drop.mock.calls.filter(([place]) => place.token === token).map(([, release]) => release);
    expect(dropped).not.toContain('1');
    activate.mockRestore();
    drop.mockRestore();
  });

  it('finds room where there is only what an edge takes that goes', async () => {
    const wish = { locations: ['loc1'], subnet: '10.2.0.0/24' };
    const made = await world.ready(who, { 'index.html': 'one' }, wish);
    world.services.refusal = exhausted('quota_exceeded', 'containers: 4 of 4 are used.');
    await world.app.call(updateDistribution, contextOf(who), { id: made.id, locations: ['loc2'] });
    const going = { distributionId: made.id, leaving: true };
    await eventually(async () => !(await world.em.existsBy(CdnInstance, going)));
    world.services.refusal = undefined;
    await world.until(
      who,
      made.id,
      (view) => view.state === 'ready' && edges(view).every(({ release }) => release === 1),
    );
  });

  it('asks them as soon as an instance does not answer', async () => {
    const before = world.services.ensured;
    const { token } = await world.inside(id, 'edge', 'loc2');
    world.instances.dead.add(token);
    await publish('three');
    await eventually(() => world.services.ensured > before);
    world.instances.dead.delete(token);
    await world.until(who, id, ({ instances }) => instances.every(({ state }) => state === 'serving'));
  });
});
