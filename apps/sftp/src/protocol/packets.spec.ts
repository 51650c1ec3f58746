import { Readable } from 'node:stream';
import fc from 'fast-check';
import { MAX_PACKET } from './codes';
import { Fields, ProtocolError } from './fields';
import { packetsOf } from './packets';

const wire = (packet: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(packet.length);
  return Buffer.concat([length, packet]);
};

async function read(chunks: readonly Buffer[]): Promise<string[]> {
  const packets: string[] = [];
  for await (const packet of packetsOf(Readable.from(chunks))) packets.push(packet.toString('hex'));
  return packets;
}

it('packets are the same however the bytes arrive', async () => {
  const packet = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  await fc.assert(
    fc.asyncProperty(
      fc.array(packet, { maxLength: 6 }),
      fc.integer({ min: 1, max: 50 }),
      async (packets, size) => {
        const bytes = Buffer.concat(packets.map(wire));
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
          bytes.subarray(n * size, (n + 1) * size),
        );
        expect(await read(chunks)).toEqual(packets.map((one) => one.toString('hex')));
      },
    ),
  );
});

it.each([0, MAX_PACKET + 1, 0xffffffff])(
  'a packet of %d bytes ends the channel before it is there',
  async (length) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(length);
    await expect(read([head])).rejects.toThrow(ProtocolError);
  },
);

describe('fields', () => {
  it('that end too early are no packet', () => {
    expect(() => new Fields(Buffer.from([0, 0, 0, 9, 1])).bytes()).toThrow(ProtocolError);
    expect(() => new Fields(Buffer.alloc(7)).uint64()).toThrow(ProtocolError);
    expect(() => new Fields(Buffer.from([0x80, 0, 0, 0, 255, 255, 255, 255])).attributes()).toThrow(
      ProtocolError,
    );
  });

  it('of attributes are those that are there', () => {
    const packet = Buffer.from(
      '0000000f' + '00000000000000ff' + '0000000100000002' + '000081a4' + '0000000300000004',
      'hex',
    );
    expect(new Fields(packet).attributes()).toEqual({ size: 255, mode: 0o100644, atime: 3, mtime: 4 });
    expect(new Fields(Buffer.alloc(4)).attributes()).toEqual({ size: undefined, mode: undefined });
  });
});
