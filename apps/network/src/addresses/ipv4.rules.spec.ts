import fc from 'fast-check';
import {
  blockOf,
  cidrOf,
  cidrText,
  isHostAddress,
  overlaps,
  parseCidr,
  toNumber,
  toText,
} from './ipv4.rules';

const addresses = fc.nat({ max: 0xffffffff });

describe('IPv4 addresses', () => {
  it('are numbers and back', () => {
    fc.assert(fc.property(addresses, (address) => toNumber(toText(address)) === address));
  });

  it('are refused in any other form', () => {
    for (const text of [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '256.0.0.1',
      '01.2.3.4',
      '1.2.3.4 ',
      '::1',
      '0x1.2.3.4',
      '1..2.3',
    ])
      expect([text, toNumber(text)]).toEqual([text, undefined]);
  });

  it('lie in the block of their prefix, between its ends', () => {
    fc.assert(
      fc.property(addresses, fc.integer({ min: 1, max: 30 }), (address, prefix) => {
        const block = blockOf(address, prefix);
        const size = block.broadcast - block.network + 1;
        expect(size).toBe(2 ** (32 - prefix));
        expect(address >= block.network && address <= block.broadcast).toBe(true);
        expect(cidrOf(cidrText(block))).toEqual(block);
        expect([isHostAddress(block, block.network), isHostAddress(block, block.broadcast)]).toEqual([
          false,
          false,
        ]);
        expect(isHostAddress(block, block.network + 1)).toBe(true);
      }),
    );
  });

  it('overlap exactly when one block holds the other', () => {
    const blocks = fc.tuple(addresses, fc.integer({ min: 4, max: 30 })).map(([a, p]) => blockOf(a, p));
    fc.assert(
      fc.property(blocks, blocks, (a, b) => {
        const [wide, narrow] = a.prefix <= b.prefix ? [a, b] : [b, a];
        expect(overlaps(a, b)).toBe(blockOf(narrow.network, wide.prefix).network === wide.network);
      }),
    );
  });

  it('come with a prefix that is a plain number', () => {
    expect(parseCidr('10.0.0.0/8')).toEqual({ address: 0x0a000000, prefix: 8 });
    for (const text of [
      '10.0.0.0',
      '10.0.0.0/33',
      '10.0.0.0/08',
      '10.0.0.0/-1',
      '10.0.0/8',
      'fd00::/64',
      '10.0.0.0/8/8',
    ])
      expect([text, parseCidr(text)]).toEqual([text, undefined]);
    expect(() => cidrOf('10.0.0.0')).toThrow('no IPv4 network');
  });
});
