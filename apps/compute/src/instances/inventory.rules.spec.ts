import type { VmState } from '@nubo/contracts';
import { differing, strangers, type SeenInstance } from './inventory.rules';

const believed = (id: string, state: VmState) => ({ id, state });
const seen = (instanceId: string, is: SeenInstance['state']['is']): SeenInstance => ({
  instanceId,
  state: { is },
});

describe('an inventory of a host', () => {
  it('finds VMs at rest that are not as they were believed to be', () => {
    const rows = [
      believed('as it should', 'running'),
      believed('down', 'running'),
      believed('lost', 'running'),
      believed('off', 'stopped'),
      believed('never defined', 'stopped'),
      believed('up', 'stopped'),
    ];
    const domains = [
      seen('as it should', 'running'),
      seen('down', 'off'),
      seen('off', 'off'),
      seen('up', 'running'),
    ];
    expect(differing(rows, domains)).toEqual(['down', 'lost', 'up']);
  });

  it('finds VMs that run and stand still', () => {
    const stuck = { instanceId: 'a', state: { is: 'running' as const, stuck: true } };
    expect(differing([believed('a', 'running')], [stuck])).toEqual(['a']);
  });

  it('leaves alone what has work of its own', () => {
    const states: VmState[] = ['creating', 'starting', 'stopping', 'error', 'deleting'];
    expect(
      differing(
        states.map((state) => believed(state, state)),
        [],
      ),
    ).toEqual([]);
  });

  it('finds what belongs to no VM', () => {
    const there = [seen('a', 'running'), seen('b', 'missing')];
    expect(strangers(there, new Set(['a']))).toEqual(['b']);
  });
});
