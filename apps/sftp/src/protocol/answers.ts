/** The packets that the server sends, with their lengths. */
import { EXTENSIONS, MAX_DATA, MAX_PACKET, RESPONSE, type StatusCode, VERSION } from './codes';
import { ATTRIBUTE } from './fields';

/** A file's attributes; times in seconds. */
export interface Attributes {
  readonly size: number;
  readonly mode: number;
  readonly atime: number;
  readonly mtime: number;
}

export interface NamedAttributes {
  readonly name: string;
  readonly long: string;
  readonly attributes?: Attributes;
}

/** What statvfs@openssh.com answers; sizes in blocks of {@link BLOCK} bytes. */
export interface FileSystem {
  readonly blocks: number;
  readonly freeBlocks: number;
  readonly files: number;
  readonly freeFiles: number;
  readonly readOnly: boolean;
}

export const BLOCK = 4096;
const MAX_HANDLES = 256;
/** Before the data in its packet: length, type, request, length of the data. */
const DATA_HEAD = 13;

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

const uint64 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(BigInt(Math.max(0, Math.floor(value))));
  return bytes;
};

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
};

function packet(type: number, ...parts: Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 1);
  return Buffer.concat([uint32(length), Buffer.from([type]), ...parts]);
}

export const versionAnswer = (): Buffer =>
  packet(
    RESPONSE.version,
    uint32(VERSION),
    ...EXTENSIONS.flatMap(([name, version]) => [text(name), text(version)]),
  );

export const statusAnswer = (request: number, code: StatusCode, message: string): Buffer =>
  packet(RESPONSE.status, uint32(request), uint32(code), text(message), text('en'));

export const handleAnswer = (request: number, handle: number): Buffer =>
  packet(RESPONSE.handle, uint32(request), uint32(4), uint32(handle));

/** Reads `length` bytes at most straight into the answer; undefined at the end of the file. */
export async function dataAnswer(
  request: number,
  length: number,
  read: (into: Buffer) => Promise<number>,
): Promise<Buffer | undefined> {
  const answer = Buffer.allocUnsafe(DATA_HEAD + Math.min(length, MAX_DATA));
  const bytes = await read(answer.subarray(DATA_HEAD));
  if (bytes === 0) return undefined;
  answer.writeUInt32BE(DATA_HEAD - 4 + bytes, 0);
  answer[4] = RESPONSE.data;
  answer.writeUInt32BE(request, 5);
  answer.writeUInt32BE(bytes, 9);
  return answer.subarray(0, DATA_HEAD + bytes);
}

export const attributesAnswer = (request: number, attributes: Attributes): Buffer =>
  packet(RESPONSE.attributes, uint32(request), ...attributeFields(attributes));

export const namesAnswer = (request: number, names: readonly NamedAttributes[]): Buffer =>
  packet(
    RESPONSE.name,
    uint32(request),
    uint32(names.length),
    ...names.flatMap(({ name, long, attributes }) => [
      text(name),
      text(long),
      ...(attributes ? attributeFields(attributes) : [uint32(0)]),
    ]),
  );

export const fileSystemAnswer = (request: number, fs: FileSystem): Buffer =>
  packet(
    RESPONSE.extended,
    uint32(request),
    ...[BLOCK, BLOCK, fs.blocks, fs.freeBlocks, fs.freeBlocks].map(uint64),
    ...[fs.files, fs.freeFiles, fs.freeFiles, 0, fs.readOnly ? 1 : 0, 255].map(uint64),
  );

/** How large packets may be, and how many handles a channel has. */
export const limitsAnswer = (request: number): Buffer =>
  packet(RESPONSE.extended, uint32(request), ...[MAX_PACKET, MAX_DATA, MAX_DATA, MAX_HANDLES].map(uint64));

function attributeFields({ size, mode, atime, mtime }: Attributes): Buffer[] {
  const flags = ATTRIBUTE.size | ATTRIBUTE.owner | ATTRIBUTE.mode | ATTRIBUTE.times;
  return [uint32(flags), uint64(size), ...[0, 0, mode, atime, mtime].map(uint32)];
}
