/** Who may do what with distributions: every operation for people, as everybody. */
import {
  addSigningKey,
  createDistribution,
  createRelease,
  deleteDistribution,
  getDistribution,
  listDistributions,
  listReleases,
  purgeDistribution,
  readTraffic,
  removeSigningKey,
  rollBack,
  updateDistribution,
  type Principal,
} from '@nubo/contracts';
import { openAccount } from '@nubo/quota';
import {
  actorsAround,
  contextOf,
  expectedOf,
  probe,
  readers,
  readersWith,
  someone,
  unclassified,
  verdicts,
  type Actors,
  type Probe,
} from '@nubo/testing';
import { CdnWorld } from './testing/cdn-world';

jest.setTimeout(60_000);

interface Made {
  actors: Actors;
  id: string;
  keyId: string;
}

const ORIGIN = { locations: ['loc1'], subnet: '190.0.0.0/24', origin: 'http://origin.example' };

const PROBES: Probe<Made>[] = [
  probe(listDistributions, 'user'),
  probe(createDistribution, 'user', () => ORIGIN),
  probe(getDistribution, 'unshared', ({ id }) => ({ id })),
  probe(updateDistribution, 'unshared', ({ id }) => ({ id, metadata: {} })),
  probe(purgeDistribution, 'unshared', ({ id }) => ({ id, kind: 'all' as const })),
  probe(addSigningKey, 'unshared', ({ id }) => ({ id })),
  probe(removeSigningKey, 'unshared', ({ id, keyId }) => ({ id, keyId })),
  probe(readTraffic, 'unshared', ({ id }) => ({ id })),
  probe(listReleases, 'unshared', ({ id }) => ({ id })),
  probe(createRelease, 'unshared', ({ id }) => ({ id, srcdata: 'http://files.example/a.tar' })),
  probe(rollBack, 'unshared', ({ id }) => ({ id })),
  probe(deleteDistribution, 'unshared', ({ id }) => ({ id })),
];

describe('who may do what with distributions', () => {
  let world: CdnWorld;
  let made: Made;

  beforeAll(async () => {
    world = await CdnWorld.open({ idle: true });
    const maker = someone('member');
    const actors = actorsAround(maker);
    for (const who of [maker, actors.stranger]) await openAccount(world.em, who?.tenantId ?? '');
    made = await furnish(maker, actors);
  });
  afterAll(() => world?.stop());

  async function furnish(maker: Principal, actors: Actors): Promise<Made> {
    const { id } = await world.app.call(createDistribution, contextOf(maker), ORIGIN);
    const { id: keyId } = await world.app.call(addSigningKey, contextOf(maker), { id });
    return { actors, id, keyId };
  }

  it('is said for every operation', () => {
    expect(unclassified('cdn', PROBES)).toEqual([]);
  });

  it.each(PROBES.map((each): [string, Probe<Made>] => [each.op.subject, each]))('%s', async (_, each) => {
    expect(await verdicts(world.app, made.actors, each, made)).toEqual(expectedOf(each));
  });

  it('lists only what can be seen', async () => {
    expect(await readers(world.app, made.actors, listDistributions, [made.id])).toEqual(
      readersWith('unshared'),
    );
  });
});
