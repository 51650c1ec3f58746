import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { parseNat, planNat, type Forward, type NatState } from './router-nat.rules';

const golden = (name: string): string => readFileSync(join(__dirname, 'golden', name), 'utf8');

const ssh: Forward = {
  protocol: 'tcp',
  externalIp: '10.77.0.101',
  externalPort: 4000,
  targetIp: '190.0.0.10',
  targetPort: 22,
};
const web: Forward = { ...ssh, externalPort: 4001, targetPort: 80 };
const networks = ['190.0.0.0/24'];

describe('the plan of a router’s port translation', () => {
  it('makes the whole table when there is none', () => {
    expect(planNat(null, { forwards: [web, ssh], networks })).toEqual({
      document: golden('whole-table.golden.nft'),
      flows: [],
    });
  });

  it('is empty when all is as wanted', () => {
    expect(planNat({ forwards: [ssh, web], networks }, { forwards: [web, ssh], networks })).toEqual({
      document: '',
      flows: [],
    });
  });

  it('adds a mapping as one element', () => {
    const plan = planNat({ forwards: [ssh], networks }, { forwards: [ssh, web], networks });
    expect(plan.document).toBe(
      'add element ip nubo_pat forwards { 10.77.0.101 . tcp . 4001 : 190.0.0.10 . 80 }\n',
    );
    expect(plan.flows).toEqual([]);
  });

  it('removes a mapping as one element and ends its flows', () => {
    const plan = planNat({ forwards: [ssh, web], networks }, { forwards: [ssh], networks });
    expect(plan.document).toBe('delete element ip nubo_pat forwards { 10.77.0.101 . tcp . 4001 }\n');
    expect(plan.flows).toEqual([web]);
  });

  it('repoints a mapping within one transaction and ends the flows to the old target', () => {
    const moved = { ...ssh, targetIp: '190.0.0.20' };
    const plan = planNat({ forwards: [ssh], networks }, { forwards: [moved], networks });
    expect(plan.document).toBe(golden('repoint.golden.nft'));
    expect(plan.flows).toEqual([ssh]);
  });

  it('replaces the table when the router’s networks changed', () => {
    const plan = planNat(
      { forwards: [ssh], networks },
      { forwards: [ssh], networks: [...networks, '190.0.1.0/24'] },
    );
    expect(plan.document).toContain('delete table ip nubo_pat');
    expect(plan.document).toContain('elements = { 190.0.0.0/24, 190.0.1.0/24 }');
    expect(plan.flows).toEqual([]);
  });

  it('takes the table away with the last mapping, and leaves a router without one alone', () => {
    expect(planNat({ forwards: [ssh], networks }, { forwards: [], networks })).toEqual({
      document: 'delete table ip nubo_pat\n',
      flows: [ssh],
    });
    expect(planNat(null, { forwards: [], networks })).toEqual({ document: '', flows: [] });
  });

  it('reads back what nft prints', () => {
    expect(parseNat(golden('listed.golden.json'))).toEqual({ forwards: [ssh, web], networks });
  });

  it('never asks to end a flow of a mapping that stays', () => {
    const forward = fc.record({
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      externalIp: fc.constant('10.77.0.101'),
      externalPort: fc.integer({ min: 4000, max: 4010 }),
      targetIp: fc.constantFrom('190.0.0.10', '190.0.0.20'),
      targetPort: fc.constantFrom(22, 80),
    });
    const state = fc
      .uniqueArray(forward, { selector: (f) => `${f.protocol}${f.externalPort}`, maxLength: 12 })
      .map((forwards): NatState => ({ forwards, networks }));
    fc.assert(
      fc.property(state, state, (current, wanted) => {
        const { flows } = planNat(current, wanted);
        for (const flow of flows) expect(wanted.forwards).not.toContainEqual(flow);
        for (const f of current.forwards.filter((c) => !flows.includes(c)))
          expect(wanted.forwards).toContainEqual(f);
      }),
    );
  });
});
