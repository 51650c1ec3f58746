import { judge, minDiskOf } from './format.rules';

interface Header {
  version?: number;
  backing?: bigint;
  clusterBits?: number;
  virtualSize?: bigint;
  crypt?: number;
  features?: bigint;
}

function qcow2(header: Header = {}): Buffer {
  const head = Buffer.alloc(4096);
  head.write('QFI\xfb', 'latin1');
  head.writeUInt32BE(header.version ?? 3, 4);
  head.writeBigUInt64BE(header.backing ?? 0n, 8);
  head.writeUInt32BE(header.clusterBits ?? 16, 20);
  head.writeBigUInt64BE(header.virtualSize ?? 62_914_560n, 24);
  head.writeUInt32BE(header.crypt ?? 0, 32);
  head.writeBigUInt64BE(header.features ?? 0n, 72);
  return head;
}

function disk(): Buffer {
  const head = Buffer.alloc(4096);
  head.writeUInt16BE(0x55aa, 510);
  return head;
}

const refusal = (head: Buffer): string => {
  const judgement = judge(head, 1_000_000);
  return 'refusal' in judgement ? judgement.refusal : '';
};

describe('an image file', () => {
  it('is taken as qcow2 by its content', () => {
    expect(judge(qcow2(), 1000)).toEqual({ format: 'qcow2', virtualSize: 62_914_560 });
    expect(judge(qcow2({ version: 2, features: 4n }), 1000)).toMatchObject({ format: 'qcow2' });
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
  ])('is refused as a qcow2 that %s', (_sentence, header, words) =>
    expect(refusal(qcow2(header))).toContain(words),
  );

  it.each<[string, Buffer]>([
    ['gzip', Buffer.from('1f8b0800', 'hex')],
    ['xz', Buffer.from('fd377a585a000004', 'hex')],
    ['VMDK', Buffer.from('KDMV\x01')],
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
