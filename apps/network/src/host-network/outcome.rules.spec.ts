import { expecting, isNothingNew, outcomeOf, remadeVpcs } from './outcome.rules';
import { factsOf, GW, H1, H2, portFact, subnetFact, VPC_ID, vpcFact } from './testing/facts';

const none = new Set<string>();

describe('what a look at a host has made true', () => {
  it('is nothing when all is as it was', () => {
    expect(isNothingNew(outcomeOf(factsOf(H1), none))).toBe(true);
    expect(isNothingNew(outcomeOf(factsOf(GW), none))).toBe(true);
  });

  it('is that a port that was bound here is active, once filters and bridge stand', () => {
    const facts = factsOf(H1, {
      ports: [portFact(1, { state: 'binding' }), portFact(2, { state: 'binding', hostId: H2 })],
    });
    const active = (failed: string[]) => outcomeOf(facts, new Set(failed)).activePorts.map(({ id }) => id);
    expect(active([])).toEqual([portFact(1).id]);
    expect(active(['router nr-aaaaaaaa', 'leftovers'])).toEqual([portFact(1).id]);
    expect([active(['filters']), active(['segment 4096'])]).toEqual([[], []]);
  });

  it('is that a port that is deleted has no filters here any more', () => {
    const facts = factsOf(H1, { ports: [portFact(1, { state: 'deleting' })] });
    expect(outcomeOf(facts, none).freedPorts).toHaveLength(1);
    expect(outcomeOf(facts, new Set(['filters'])).freedPorts).toHaveLength(0);
  });

  it('is that a VPC and its subnet are ready, once the router stands', () => {
    const facts = factsOf(GW, {
      vpcs: [vpcFact({ state: 'creating', observedGeneration: 0 })],
      subnets: [subnetFact({ state: 'creating' })],
      ports: [],
    });
    const done = outcomeOf(facts, none);
    expect([done.readyVpcs.length, done.readySubnets.length]).toEqual([1, 1]);
    const refused = outcomeOf(facts, new Set(['router nr-aaaaaaaa']));
    expect([refused.readyVpcs.length, refused.readySubnets.length]).toEqual([0, 0]);
    const halfway = outcomeOf(facts, new Set(['segment 4096']));
    expect([halfway.readyVpcs.length, halfway.readySubnets.length]).toEqual([1, 0]);
  });

  it('is that what was deleted is gone, unless something on the host failed', () => {
    const facts = factsOf(GW, {
      vpcs: [vpcFact({ state: 'deleting' })],
      subnets: [subnetFact({ state: 'deleting' })],
      ports: [],
    });
    const done = outcomeOf(facts, none);
    expect([done.freedVpcs.length, done.freedSubnets.length]).toEqual([1, 1]);
    const failed = outcomeOf(facts, new Set(['leftovers']));
    expect([failed.freedVpcs.length, failed.freedSubnets.length]).toEqual([0, 0]);
    const busy = outcomeOf({ ...facts, ports: [portFact(1, { state: 'deleting' })] }, none);
    expect([busy.freedVpcs.length, busy.freedSubnets.length]).toEqual([0, 0]);
  });

  it('is told of a router that is made anew, also when its subnets are the same', () => {
    const facts = factsOf(GW);
    const make = {
      key: 'router nr-aaaaaaaa',
      actions: [{ do: 'namespace', namespace: 'nr-aaaaaaaa', make: true }],
    } as const;
    const remade = remadeVpcs(facts, [{ ...make, actions: [...make.actions] }]);
    expect(remade).toEqual([VPC_ID]);
    expect(outcomeOf(expecting(facts, remade), none).readyVpcs).toHaveLength(1);
    expect(remadeVpcs(facts, [])).toEqual([]);
  });
});
