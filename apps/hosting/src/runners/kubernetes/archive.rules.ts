/** Headers of a tar archive as GNU tar writes them: busybox' tar passes over the extended ones of POSIX, in which long and foreign names are. */

const BLOCK = 512;
const NAME_BYTES = 100;
const LONG_NAME = '././@LongLink';

interface Entry {
  /** UTF-8; a folder ends with a slash. */
  path: string;
  size?: number;
  /** Seconds. */
  mtime?: number;
  mode?: number;
}

/** The header of a file, or of a folder; before it its name when that is long. */
export function headerOf(entry: Entry): Buffer {
  const name = Buffer.from(entry.path);
  const header = block(name, { ...entry, type: entry.path.endsWith('/') ? '5' : '0' });
  if (name.length <= NAME_BYTES) return header;
  const whole = Buffer.concat([name, Buffer.alloc(1)]);
  const long = block(Buffer.from(LONG_NAME), { size: whole.length, type: 'L' });
  return Buffer.concat([long, whole, paddingOf(whole.length), header]);
}

/** Zeros up to the next block. */
export const paddingOf = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** Ends an archive. */
export const END = Buffer.alloc(2 * BLOCK);

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

function block(
  name: Buffer,
  { size = 0, mtime = 0, mode = 0o644, type }: Omit<Entry, 'path'> & { type: string },
): Buffer {
  const header = Buffer.alloc(BLOCK);
  name.copy(header, 0, 0, NAME_BYTES);
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(mtime, 11), 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar  \0', 257);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
