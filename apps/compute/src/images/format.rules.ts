/** What an image file is, judged by its first bytes alone: no tool opens a file before it has passed here. */

/** How much of the file the rules want to see, bytes. */
export const HEAD_BYTES = 4096;

export type ImageFormat = { format: 'qcow2' | 'raw'; virtualSize: number };

/** `virtualSize`: bytes of the disk. `refusal`: why the file is no image that we take, for a person. */
export type Judgement = ImageFormat | { refusal: string };

const SECTOR = 512;
/** docs/interop/qcow2.txt of QEMU: "QFI\xfb". */
const QCOW2_MAGIC = 0x514649fb;
/** Bit 2 of incompatible_features: the clusters lie in another file. */
const EXTERNAL_DATA_FILE = 1n << 2n;
const VERSION_3 = 3;
const CLUSTER_BITS = { least: 9, most: 21 };

const OTHERS: [name: string, offset: number, magic: Buffer][] = [
  ['gzip', 0, Buffer.from('1f8b', 'hex')],
  ['xz', 0, Buffer.from('fd377a585a00', 'hex')],
  ['bzip2', 0, Buffer.from('BZh')],
  ['zstd', 0, Buffer.from('28b52ffd', 'hex')],
  ['ZIP', 0, Buffer.from('PK\x03\x04')],
  ['VMDK', 0, Buffer.from('KDMV')],
  ['VHDX', 0, Buffer.from('vhdxfile')],
  ['VDI', 64, Buffer.from('7f10dabe', 'hex')],
];

/** Judges a file by its head and its length in bytes. */
export function judge(head: Buffer, size: number): Judgement {
  if (head.length >= SECTOR && head.readUInt32BE(0) === QCOW2_MAGIC) return judgeQcow2(head);
  const other = OTHERS.find(([, at, magic]) => head.subarray(at, at + magic.length).equals(magic));
  if (other) return { refusal: `It is a ${other[0]} file: give a qcow2 or raw disk image.` };
  if (/^\s*</.test(head.toString('latin1', 0, 200)))
    return { refusal: 'It is a web page, not a disk image.' };
  return isDisk(head) ? { format: 'raw', virtualSize: size } : { refusal: NO_IMAGE };
}

const NO_IMAGE = 'It is neither a qcow2 image nor a raw disk with a boot sector.';

/** The boot sector's mark; a GPT disk has one too, in its protective MBR. */
const isDisk = (head: Buffer): boolean => head.length >= SECTOR && head.readUInt16BE(SECTOR - 2) === 0x55aa;

function judgeQcow2(head: Buffer): Judgement {
  const version = head.readUInt32BE(4);
  const backingFile = head.readBigUInt64BE(8);
  const clusterBits = head.readUInt32BE(20);
  const virtualSize = head.readBigUInt64BE(24);
  const encryption = head.readUInt32BE(32);
  const features = version === VERSION_3 ? head.readBigUInt64BE(72) : 0n;
  if (version !== 2 && version !== VERSION_3) return { refusal: `It is a qcow2 of version ${version}.` };
  if (backingFile !== 0n) return { refusal: 'The qcow2 needs a backing file: give one that stands alone.' };
  if (features & EXTERNAL_DATA_FILE)
    return { refusal: 'The qcow2 keeps its data in another file: give one that stands alone.' };
  if (encryption !== 0) return { refusal: 'The qcow2 is encrypted.' };
  if (clusterBits < CLUSTER_BITS.least || clusterBits > CLUSTER_BITS.most)
    return { refusal: 'The qcow2 header is broken.' };
  if (virtualSize === 0n || virtualSize > MAX_VIRTUAL)
    return { refusal: `The qcow2 says that its disk has ${virtualSize} bytes.` };
  return { format: 'qcow2', virtualSize: Number(virtualSize) };
}

const GIB = 1024 ** 3;
/** The largest disk that a VM may have, bytes. */
const MAX_VIRTUAL = 65_536n * BigInt(GIB);

/** GiB, rounded up. */
export const minDiskOf = (virtualSize: number): number => Math.ceil(virtualSize / GIB);
