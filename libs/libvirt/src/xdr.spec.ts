import * as fc from 'fast-check';
import { MAX_STRING, XdrError, XdrReader, XdrWriter } from './xdr';

interface Kind<T> {
  values: fc.Arbitrary<T>;
  write(writer: XdrWriter, value: T): void;
  read(reader: XdrReader, value: T): T;
}
interface Item {
  value: unknown;
  write(writer: XdrWriter): void;
  read(reader: XdrReader): unknown;
}

function items<T>({ values, write, read }: Kind<T>): fc.Arbitrary<Item> {
  return values.map((value) => ({
    value,
    write: (writer) => write(writer, value),
    read: (reader) => read(reader, value),
  }));
}

const text = fc.string({ unit: 'binary' });
const item = fc.oneof(
  items({ values: fc.integer(), write: (w, v) => w.int(v), read: (r) => r.int() }),
  items({ values: fc.nat(0xffff_ffff), write: (w, v) => w.uint(v), read: (r) => r.uint() }),
  items({
    values: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    write: (w, v) => w.hyper(v),
    read: (r) => r.hyper(),
  }),
  items({
    values: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    write: (w, v) => w.uhyper(v),
    read: (r) => r.uhyper(),
  }),
  items({ values: fc.double(), write: (w, v) => w.double(v), read: (r) => r.double() }),
  items({ values: fc.boolean(), write: (w, v) => w.bool(v), read: (r) => r.bool() }),
  items({ values: text, write: (w, v) => w.string(v), read: (r) => r.string() }),
  items({
    values: fc.uint8Array().map((bytes): Buffer => Buffer.from(bytes)),
    write: (w, v) => w.opaque(v),
    read: (r, v) => r.opaque(v.length),
  }),
  items({
    values: fc.option(text, { nil: undefined }),
    write: (w, v) => w.optional(v, (x, s) => x.string(s)),
    read: (r) => r.optional((x) => x.string()),
  }),
  items({
    values: fc.array(fc.integer()),
    write: (w, v) => w.array(v, (x, n) => x.int(n)),
    read: (r) => r.array(1_000, (x) => x.int()),
  }),
);

const reader = (hex: string) => new XdrReader(Buffer.from(hex, 'hex'));

describe('XDR', () => {
  it('reads back what was written, to the last byte', () => {
    fc.assert(
      fc.property(fc.array(item), (list) => {
        const writer = new XdrWriter();
        for (const { write } of list) write(writer);
        const bytes = writer.toBuffer();
        const back = new XdrReader(bytes);
        expect(bytes.length % 4).toBe(0);
        expect(list.map(({ read }) => read(back))).toEqual(list.map(({ value }) => value));
        expect(back.remaining).toBe(0);
      }),
    );
  });

  it('never reads past the end, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const back = new XdrReader(Buffer.from(bytes));
        try {
          back.array(100, (x) => x.optional((y) => y.string()));
        } catch (error) {
          expect(error).toBeInstanceOf(XdrError);
        }
        expect(back.remaining).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it.each([
    ['a string longer than the message', '00000005 61626364', (r: XdrReader) => r.string()],
    ['a string without its padding', '00000001 61', (r: XdrReader) => r.string()],
    ['an absurd string', 'ffffffff 61626364', (r: XdrReader) => r.string()],
    ['an absurd array', 'ffffffff', (r: XdrReader) => r.array(10, (x) => x.int())],
    ['half an int', '0000', (r: XdrReader) => r.int()],
    ['a bool of 2', '00000002', (r: XdrReader) => r.bool()],
  ])('refuses %s', (_what, hex, read) => {
    expect(() => read(reader(hex.replaceAll(' ', '')))).toThrow(XdrError);
  });

  it('writes no string above the limit', () => {
    expect(() => new XdrWriter().string('x'.repeat(MAX_STRING + 1))).toThrow(XdrError);
    expect(() => new XdrWriter().string('x'.repeat(MAX_STRING))).not.toThrow();
  });
});
