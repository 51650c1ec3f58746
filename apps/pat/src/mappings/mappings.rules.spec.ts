import * as fc from 'fast-check';
import { assertInRange, defaultName, lowestFreePort, namedTarget } from './mappings.rules';

const range = { first: 4000, last: 4100 };
const uuid = '6b1f4a52-7a0e-4e0a-9d3e-2f6f3f1c9a01';

describe('the rules of mappings', () => {
  it('want exactly one target', () => {
    expect(() => namedTarget({})).toThrow(/vmId.*containerId.*portId/);
    expect(() => namedTarget({ portId: uuid, vmId: uuid })).toThrow(/only one/);
    expect(() => namedTarget({ vmId: uuid, containerId: uuid })).toThrow(/only one/);
    expect(namedTarget({ vmId: uuid })).toEqual({ noun: 'VM', id: uuid });
    expect(namedTarget({ portId: uuid })).toEqual({ noun: 'port', id: uuid });
    expect(namedTarget({ containerId: uuid })).toEqual({ noun: 'container', id: uuid });
  });

  it('keep external ports within the router’s range', () => {
    expect(() => assertInRange(3999, range)).toThrow(/from 4000 to 4100/);
    expect(() => assertInRange(4101, range)).toThrow(/from 4000 to 4100/);
    expect(() => assertInRange(4100, range)).not.toThrow();
    expect(() => assertInRange(undefined, range)).not.toThrow();
  });

  it('give out the lowest free port, whatever is taken', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 4000, max: 4100 }), { maxLength: 100 }), (taken) => {
        const port = lowestFreePort(taken, range);
        expect(taken).not.toContain(port);
        for (let below = range.first; below < port; below += 1) expect(taken).toContain(below);
      }),
    );
  });

  it('say the numbers when every port is taken', () => {
    const all = Array.from({ length: 101 }, (_, i) => 4000 + i);
    expect(() => lowestFreePort(all, range)).toThrow(/All 101 external ports/);
  });

  it('name a mapping after its protocol and port', () => {
    expect(defaultName('udp', 4007)).toBe('udp-4007');
  });
});
