/** Headers of tar archives (POSIX.1-2017, pax; ustar interchange format). */

import { posix } from 'node:path';

export const BLOCK = 512;

export interface TarEntry {
  name: string;
  /** Bytes of content, without what fills its last block. */
  size: number;
  isFile: boolean;
  isLink: boolean;
  /** It says how the next entry is really called. */
  isNaming: boolean;
}

const text = (block: Buffer, at: number, length: number): string =>
  block.toString('utf8', at, at + length).replace(/\0.*$/s, '');

/** Octal, or GNU's base 256 where the first bit is set. */
function numberAt(block: Buffer, at: number, length: number): number {
  if ((block[at] ?? 0) < 0x80) return Number.parseInt(text(block, at, length).trim() || '0', 8);
  return block.subarray(at + 1, at + length).reduce((all, byte) => all * 256 + byte, 0);
}

const [CHECKSUM, CHECKSUM_LENGTH, SIZE, SIZE_LENGTH] = [148, 8, 124, 12];

/** The sum of a header's bytes, its own field taken as spaces. */
export function checksumOf(block: Buffer): number {
  const sum = block.reduce((all, byte) => all + byte, 0);
  const own = block.subarray(CHECKSUM, CHECKSUM + CHECKSUM_LENGTH).reduce((all, byte) => all + byte, 0);
  return sum - own + CHECKSUM_LENGTH * 0x20;
}

/** As it is called once it is unpacked. */
const plain = (name: string): string => posix.normalize(`/${name}`).slice(1);

/** Undefined for a block that is no header. */
export function entryOf(block: Buffer): TarEntry | undefined {
  if (numberAt(block, CHECKSUM, CHECKSUM_LENGTH) !== checksumOf(block)) return undefined;
  const size = numberAt(block, SIZE, SIZE_LENGTH);
  if (!Number.isSafeInteger(size) || size < 0) return undefined;
  const prefix = text(block, 257, 5) === 'ustar' ? text(block, 345, 155) : '';
  const name = (prefix ? `${prefix}/` : '') + text(block, 0, 100);
  const type = String.fromCharCode(block[156] ?? 0);
  const isFile = type === '0' || type === '\0' || type === '7';
  return { name: plain(name), size, isFile, isLink: '12'.includes(type), isNaming: 'xL'.includes(type) };
}

/** The name in the content of an entry that names the next one (pax: `<length> path=<name>`; GNU: the name). */
export function nameIn(content: Buffer): string | undefined {
  const said = content.toString('utf8');
  if (!/^\d+ [^=]+=/.test(said)) return plain(said.replace(/\0.*$/s, ''));
  const path = [...said.matchAll(/^\d+ path=(.*)$/gm)].at(-1)?.[1];
  return path === undefined ? undefined : plain(path);
}

/** The same header for a content of another length. */
export function withSize(block: Buffer, size: number): Buffer {
  const header = Buffer.from(block);
  header.write(`${size.toString(8).padStart(SIZE_LENGTH - 1, '0')}\0`, SIZE, 'latin1');
  header.write(`${checksumOf(header).toString(8).padStart(6, '0')}\0 `, CHECKSUM, 'latin1');
  return header;
}

/** Bytes that fill the last block of a content. */
export const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;
