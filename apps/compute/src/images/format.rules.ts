/** What an image file is, judged by its first bytes alone: no tool opens a file before it has passed here. */
import { qcow2Refusal, QCOW2_MAGIC, virtualSizeOf } from './qcow2.rules';

/** How much of the file the rules want to see, bytes: an ISO says what it is 32 KiB after its beginning. */
export const HEAD_BYTES = 40_960;

export type ImageFormat = { format: 'qcow2' | 'raw'; virtualSize: number };

/** `virtualSize`: bytes of the disk. `refusal`: why the file is no image that we take, for a person. */
export type Judgement = ImageFormat | { refusal: string };

const SECTOR = 512;

const OTHERS: [name: string, offset: number, magic: Buffer][] = [
  ['a gzip file', 0, Buffer.from('1f8b', 'hex')],
  ['an xz file', 0, Buffer.from('fd377a585a00', 'hex')],
  ['a bzip2 file', 0, Buffer.from('BZh')],
  ['a zstd file', 0, Buffer.from('28b52ffd', 'hex')],
  ['a 7z file', 0, Buffer.from('377abcaf271c', 'hex')],
  ['a ZIP file', 0, Buffer.from('PK\x03\x04')],
  ['a tar file', 257, Buffer.from('ustar')],
  ['a VMDK file', 0, Buffer.from('KDMV')],
  ['a VMDK file', 0, Buffer.from('COWD')],
  ['a VMDK file', 0, Buffer.from('# Disk DescriptorFile')],
  ['a VHDX file', 0, Buffer.from('vhdxfile')],
  ['a VHD file', 0, Buffer.from('conectix')],
  ['a VDI file', 64, Buffer.from('7f10dabe', 'hex')],
  ['a QED file', 0, Buffer.from('QED\0')],
  ['a Parallels file', 0, Buffer.from('WithoutFreeSpace')],
  ['a Parallels file', 0, Buffer.from('WithouFreSpacExt')],
  ['an encrypted (LUKS) file', 0, Buffer.from('4c554b53babe', 'hex')],
  // ECMA-119, 8.4.1: in the 17th sector of 2,048 bytes. Those that boot from a stick have a boot sector as well.
  ['an ISO file', 32_769, Buffer.from('CD001')],
];

/** Judges a file by its head and its length in bytes. */
export function judge(head: Buffer, size: number): Judgement {
  if (head.length >= SECTOR && head.readUInt32BE(0) === QCOW2_MAGIC) return judgeQcow2(head);
  const other = OTHERS.find(([, at, magic]) => head.subarray(at, at + magic.length).equals(magic));
  if (other) return { refusal: `It is ${other[0]}: give a qcow2 or raw disk image.` };
  if (/^\s*</.test(head.toString('latin1', 0, 200)))
    return { refusal: 'It is a web page, not a disk image.' };
  return isDisk(head) ? { format: 'raw', virtualSize: size } : { refusal: NO_IMAGE };
}

const NO_IMAGE = 'It is neither a qcow2 image nor a raw disk with a boot sector.';

/** The boot sector's mark; a GPT disk has one too, in its protective MBR. */
const isDisk = (head: Buffer): boolean => head.length >= SECTOR && head.readUInt16BE(SECTOR - 2) === 0x55aa;

function judgeQcow2(head: Buffer): Judgement {
  const refusal = qcow2Refusal(head);
  return refusal ? { refusal } : { format: 'qcow2', virtualSize: virtualSizeOf(head) };
}

const GIB = 1024 ** 3;

/** GiB, rounded up. */
export const minDiskOf = (virtualSize: number): number => Math.ceil(virtualSize / GIB);
