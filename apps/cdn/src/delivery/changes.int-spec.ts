import { createRelease, type DistributionView, type Principal } from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
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
    ({ id } = await world.ready(who, { 'index.html': 'one' }));
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await world?.stop();
  });

  async function publish(text: string): Promise<number> {
    const content = await world.content(who, { 'index.html': text });
    return (await world.app.call(createRelease, contextOf(who), { id, content })).number;
  }

  it('goes out without a question to other services about what has not changed', async () => {
    const before = world.services.ensured;
    const number = await publish('two');
    await world.until(who, id, (view) => edges(view).every(({ release }) => release === number));
    await world.until(who, id, ({ state }) => state === 'ready');
    expect(world.services.ensured).toBe(before);
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
