import * as fc from 'fast-check';
import { encodeMessage, MessageFramer } from './message';
import { MAX_MESSAGE } from './protocol';
import { XdrError } from './xdr';

const word = fc.nat(0xffff_ffff);
const header = fc.record({
  program: word,
  version: word,
  procedure: fc.integer(),
  type: word,
  serial: word,
  status: word,
});
const body = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));

describe('messages in a stream', () => {
  it('come out whole and in order, however the bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(header, body)),
        fc.array(fc.integer({ min: 1, max: 50 })),
        (sent, cuts) => {
          const bytes = Buffer.concat(sent.map(([head, rest]) => encodeMessage(head, rest)));
          const framer = new MessageFramer();
          const got = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const next = at + (cuts[i % cuts.length] ?? 1);
            got.push(...framer.push(bytes.subarray(at, next)));
            at = next;
          }
          const seen = got.map(({ body: rest, ...head }) => [head, rest.remaining]);
          expect(seen).toEqual(sent.map(([head, rest]) => [head, rest.length]));
        },
      ),
    );
  });

  it.each([0, 4, 27, MAX_MESSAGE + 1, 0xffff_ffff])('cannot have a length of %d', (length) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(length);
    expect(() => new MessageFramer().push(bytes)).toThrow(XdrError);
  });

  it('are not sent above the limit', () => {
    const head = { program: 1, version: 1, procedure: 1, type: 0, serial: 1, status: 0 };
    expect(() => encodeMessage(head, Buffer.alloc(MAX_MESSAGE))).toThrow(XdrError);
  });
});
