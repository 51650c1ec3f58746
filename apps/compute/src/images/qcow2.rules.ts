/** Which qcow2 files are taken, by their header (docs/interop/qcow2.txt of QEMU 7.2): those that stand alone. */

/** "QFI\xfb" */
export const QCOW2_MAGIC = 0x514649fb;

const VERSION_3 = 3;
const HEADER_2 = 72;
const HEADER_3 = 104;
const CLUSTER_BITS = { least: 9, most: 21 };
/** The largest disk that a VM may have, bytes: 65,536 GiB. */
const MAX_VIRTUAL = 65_536n << 30n;

/** Bits of incompatible_features that are not taken. Bit 3, the compression type, is. */
const FEATURES: [bit: bigint, sentence: string][] = [
  [1n << 0n, 'The qcow2 was not closed (dirty): run qemu-img check -r all on it first.'],
  [1n << 1n, 'The qcow2 says that it is corrupt.'],
  [1n << 2n, 'The qcow2 keeps its data in another file: give one that stands alone.'],
  [1n << 4n, 'The qcow2 has extended L2 entries: convert it without them.'],
];
const COMPRESSION_TYPE = 1n << 3n;
const BITMAPS = 1n << 0n;
const RAW_EXTERNAL_DATA = 1n << 1n;

/** Header extensions. A feature name table only names bits. */
const END = 0;
const FEATURE_NAMES = 0x6803f857;
const EXTENSIONS: Record<number, string> = {
  0xe2792aca: 'The qcow2 needs a backing file: give one that stands alone.',
  0x23852875: 'The qcow2 has bitmaps: remove them (qemu-img bitmap --remove).',
  0x0537be77: 'The qcow2 is encrypted.',
  0x44415441: 'The qcow2 keeps its data in another file: give one that stands alone.',
};

const BROKEN = 'The qcow2 header is broken.';

/** Bytes of the disk; of a head that was not refused. */
export const virtualSizeOf = (head: Buffer): number => Number(head.readBigUInt64BE(24));

/** Why a qcow2 is not taken, for a person. `head` has at least 512 bytes. */
export function qcow2Refusal(head: Buffer): string | undefined {
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== VERSION_3) return `It is a qcow2 of version ${version}.`;
  return leaning(head) ?? sizeRefusal(head) ?? (version === VERSION_3 ? featureRefusal(head) : undefined);
}

function leaning(head: Buffer): string | undefined {
  const [backingOffset, backingSize] = [head.readBigUInt64BE(8), head.readUInt32BE(16)];
  if (backingOffset !== 0n || backingSize !== 0)
    return 'The qcow2 needs a backing file: give one that stands alone.';
  if (head.readUInt32BE(32) !== 0) return 'The qcow2 is encrypted.';
  return extensionRefusal(head);
}

function sizeRefusal(head: Buffer): string | undefined {
  const [clusterBits, virtualSize] = [head.readUInt32BE(20), head.readBigUInt64BE(24)];
  if (clusterBits < CLUSTER_BITS.least || clusterBits > CLUSTER_BITS.most) return BROKEN;
  if (virtualSize === 0n || virtualSize > MAX_VIRTUAL)
    return `The qcow2 says that its disk has ${virtualSize} bytes.`;
  return undefined;
}

function featureRefusal(head: Buffer): string | undefined {
  const [incompatible, autoclear] = [head.readBigUInt64BE(72), head.readBigUInt64BE(88)];
  const known = FEATURES.find(([bit]) => (incompatible & bit) !== 0n);
  if (known) return known[1];
  if ((incompatible & ~COMPRESSION_TYPE) !== 0n) return 'The qcow2 has features that are not known here.';
  if ((autoclear & BITMAPS) !== 0n) return 'The qcow2 has bitmaps: remove them (qemu-img bitmap --remove).';
  if ((autoclear & RAW_EXTERNAL_DATA) !== 0n)
    return 'The qcow2 keeps its data in another file: give one that stands alone.';
  return undefined;
}

/** Type and length, four bytes each, then the data, padded to eight bytes. All of them must lie in what was read. */
function extensionRefusal(head: Buffer): string | undefined {
  let at = head.readUInt32BE(4) === VERSION_3 ? head.readUInt32BE(100) : HEADER_2;
  if (at < HEADER_2 || (head.readUInt32BE(4) === VERSION_3 && at < HEADER_3)) return BROKEN;
  while (at + 8 <= head.length) {
    const [type, length] = [head.readUInt32BE(at), head.readUInt32BE(at + 4)];
    if (type === END) return undefined;
    if (type !== FEATURE_NAMES)
      return EXTENSIONS[type] ?? 'The qcow2 has a header extension that is not known here.';
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return BROKEN;
}
