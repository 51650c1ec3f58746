import fc from 'fast-check';
import { HEAD_BYTES, judge, minDiskOf } from './format.rules';

interface Header {
  version?: number;
  backing?: bigint;
  clusterBits?: number;
  virtualSize?: bigint;
  backingSize?: number;
  crypt?: number;
  features?: bigint;
  autoclear?: bigint;
  extensions?: Buffer;
}

function qcow2(header: Header = {}): Buffer {
  const head = Buffer.alloc(4096);
  head.write('QFI\xfb', 'latin1');
  head.writeUInt32BE(header.version ?? 3, 4);
  head.writeBigUInt64BE(header.backing ?? 0n, 8);
  head.writeUInt32BE(header.backingSize ?? 0, 16);
  head.writeUInt32BE(header.clusterBits ?? 16, 20);
  head.writeBigUInt64BE(header.virtualSize ?? 62_914_560n, 24);
  head.writeUInt32BE(header.crypt ?? 0, 32);
  head.writeBigUInt64BE(header.features ?? 0n, 72);
  head.writeBigUInt64BE(header.autoclear ?? 0n, 88);
  if (header.version !== 2) head.writeUInt32BE(104, 100);
  header.extensions?.copy(head, header.version === 2 ? 72 : 104);
  return head;
}

function extension(type: number, data = '', length = data.length): Buffer {
  const padded = Buffer.alloc(8 + Math.ceil(Buffer.byteLength(data) / 8) * 8);
  padded.writeUInt32BE(type, 0);
  padded.writeUInt32BE(length, 4);
  padded.write(data, 8);
  return padded;
}

const hidden = Buffer.concat([extension(0x6803f857, 'names'), extension(0x44415441, '/etc/shadow')]);

function disk(): Buffer {
  const head = Buffer.alloc(4096);
  head.writeUInt16BE(0x55aa, 510);
  return head;
}

/** `magic` after `offset` bytes of a disk with a boot sector. */
function at(offset: number, magic: Buffer): Buffer {
  const head = Buffer.concat([disk(), Buffer.alloc(HEAD_BYTES - 4096)]);
  magic.copy(head, offset);
  return head;
}
const bootableIso = (): Buffer => at(32_769, Buffer.from('CD001'));

const refusal = (head: Buffer): string => {
  const judgement = judge(head, 1_000_000);
  return 'refusal' in judgement ? judgement.refusal : '';
};

describe('an image file', () => {
  it('is taken as qcow2 by its content', () => {
    expect(judge(qcow2(), 1000)).toEqual({ format: 'qcow2', virtualSize: 62_914_560 });
    expect(judge(qcow2({ version: 2 }), 1000)).toMatchObject({ format: 'qcow2' });
  });

  it('is taken as a raw disk when it has a boot sector', () => {
    expect(judge(disk(), 5_000_000)).toEqual({ format: 'raw', virtualSize: 5_000_000 });
  });

  it.each<[string, Header, string]>([
    ['leans on a backing file', { backing: 512n }, 'backing file'],
    ['keeps its data elsewhere', { features: 4n }, 'another file'],
    ['is encrypted', { crypt: 2 }, 'encrypted'],
    ['is of an unknown version', { version: 9 }, 'version 9'],
    ['has no disk in it', { virtualSize: 0n }, '0 bytes'],
    ['pretends to be endless', { virtualSize: 1n << 62n }, 'bytes'],
    ['has impossible clusters', { clusterBits: 40 }, 'broken'],
    ['has a backing file’s name without a place', { backingSize: 5 }, 'backing file'],
    ['was not closed', { features: 1n }, 'not closed'],
    ['is corrupt', { features: 2n }, 'corrupt'],
    ['has extended L2 entries', { features: 16n }, 'extended L2'],
    ['has a feature of the future', { features: 1n << 40n }, 'not known'],
    ['has bitmaps', { autoclear: 1n }, 'bitmaps'],
    ['has raw data elsewhere', { autoclear: 2n }, 'another file'],
    ['names a backing format', { extensions: extension(0xe2792aca, 'raw') }, 'backing file'],
    ['has a bitmaps extension', { version: 2, extensions: extension(0x23852875) }, 'bitmaps'],
    ['has an encryption header', { extensions: extension(0x0537be77) }, 'encrypted'],
    ['names a data file', { extensions: extension(0x44415441, 'nbd://evil') }, 'another file'],
    ['hides one behind a name table', { extensions: hidden }, 'another file'],
    ['has an unknown extension', { extensions: extension(0x12345678) }, 'not known'],
    ['has an extension without end', { extensions: extension(0x6803f857, '', 0xffff_fff0) }, 'broken'],
  ])('is refused as a qcow2 that %s', (_sentence, header, words) =>
    expect(refusal(qcow2(header))).toContain(words),
  );

  it.each<[string, Buffer]>([
    ['gzip', Buffer.from('1f8b0800', 'hex')],
    ['xz', Buffer.from('fd377a585a000004', 'hex')],
    ['VMDK', Buffer.from('KDMV\x01')],
    ['VMDK', Buffer.from('# Disk DescriptorFile\nversion=1')],
    ['VDI', at(64, Buffer.from('7f10dabe', 'hex'))],
    ['VHD', Buffer.from('conectix')],
    ['tar', at(257, Buffer.from('ustar'))],
    ['ISO', bootableIso()],
    ['web page', Buffer.from('\n<!DOCTYPE html><html>')],
    ['neither', Buffer.from('just some text')],
    ['neither', Buffer.alloc(0)],
  ])('is refused as a %s', (words, head) => expect(refusal(head)).toContain(words));

  it('is not read beyond its end', () => {
    expect(refusal(Buffer.from('QFI\xfb', 'latin1'))).toContain('neither');
  });

  it('needs a disk of whole GiB', () => {
    expect([1, 1024 ** 3, 1024 ** 3 + 1].map(minDiskOf)).toEqual([1, 1, 2]);
  });
});

describe('any bytes at all', () => {
  const RUNS = { numRuns: 2_000 };
  const anything = fc.uint8Array({ maxLength: 2_048 }).map((bytes) => Buffer.from(bytes));
  /** A good qcow2 whose header was overwritten here and there. */
  const mangled = fc.array(fc.tuple(fc.nat(199), fc.nat(255)), { maxLength: 12 }).map((bytes) => {
    const head = qcow2();
    for (const [offset, byte] of bytes) head.writeUInt8(byte, 4 + offset);
    return head;
  });

  it('are judged, never thrown over', () => {
    const judged = (head: Buffer): boolean => {
      const judgement = judge(head, head.length);
      return 'refusal' in judgement ? judgement.refusal.endsWith('.') : judgement.virtualSize >= 0;
    };
    fc.assert(fc.property(fc.oneof(anything, mangled), judged), RUNS);
  });

  it('are no qcow2 that leans on something else', () => {
    const stands = (head: Buffer): boolean => {
      const judgement = judge(head, head.length);
      if ('refusal' in judgement || judgement.format === 'raw') return true;
      const backing = head.readBigUInt64BE(8) !== 0n || head.readUInt32BE(16) !== 0;
      const elsewhere = head.readUInt32BE(4) === 3 && (head.readBigUInt64BE(72) & ~8n) !== 0n;
      return !backing && !elsewhere && head.readUInt32BE(32) === 0;
    };
    fc.assert(fc.property(mangled, stands), { numRuns: 5_000 });
  });

  it('name no file in a header extension that passes', () => {
    const types = [0xe2792aca, 0x44415441, 0x0537be77, 0x23852875, 0x6803f857];
    const list = fc.array(fc.tuple(fc.constantFrom(...types), fc.string({ maxLength: 40 })), {
      minLength: 1,
      maxLength: 6,
    });
    const refused = (wanted: [number, string][]): boolean => {
      const extensions = Buffer.concat(
        wanted.map(([type, data]) => extension(type, data, Buffer.byteLength(data))),
      );
      const only = wanted.every(([type]) => type === 0x6803f857);
      return only || 'refusal' in judge(qcow2({ extensions }), 4096);
    };
    fc.assert(fc.property(list, refused), RUNS);
  });
});
