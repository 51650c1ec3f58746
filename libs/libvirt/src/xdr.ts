// XDR (RFC 4506): big endian, every item padded to 4 bytes.

/** libvirt's REMOTE_STRING_MAX (remote_protocol.x), bytes. */
export const MAX_STRING = 4 * 1024 * 1024;

/** A message that is not what the protocol says: too short, an absurd length, an unknown discriminant. */
export class XdrError extends Error {
  override readonly name = 'XdrError';
}

const padding = (length: number): number => (4 - (length % 4)) % 4;

/** Builds one XDR body; every method appends and returns the writer. */
export class XdrWriter {
  private readonly parts: Buffer[] = [];

  /** Signed 32 bit. Throws RangeError outside of it. */
  int(value: number): this {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    return this.append(part);
  }

  /** Unsigned 32 bit. Throws RangeError outside of it. */
  uint(value: number): this {
    const part = Buffer.alloc(4);
    part.writeUInt32BE(value);
    return this.append(part);
  }

  /** Signed 64 bit. Throws RangeError outside of it. */
  hyper(value: bigint): this {
    const part = Buffer.alloc(8);
    part.writeBigInt64BE(value);
    return this.append(part);
  }

  /** Unsigned 64 bit. Throws RangeError outside of it. */
  uhyper(value: bigint): this {
    const part = Buffer.alloc(8);
    part.writeBigUInt64BE(value);
    return this.append(part);
  }

  /** IEEE 754 double. */
  double(value: number): this {
    const part = Buffer.alloc(8);
    part.writeDoubleBE(value);
    return this.append(part);
  }

  /** XDR bool: 0 or 1 in 32 bits. */
  bool(value: boolean): this {
    return this.uint(value ? 1 : 0);
  }

  /** Fixed-length opaque: the bytes and their padding, without a length. */
  opaque(bytes: Buffer): this {
    return this.append(bytes).append(Buffer.alloc(padding(bytes.length)));
  }

  /** UTF-8 string with its length in bytes. Throws XdrError above MAX_STRING. */
  string(value: string): this {
    const bytes = Buffer.from(value, 'utf8');
    if (bytes.length > MAX_STRING) {
      throw new XdrError(`string of ${bytes.length} bytes, at most ${MAX_STRING} are allowed`);
    }
    return this.uint(bytes.length).opaque(bytes);
  }

  /** An XDR pointer: a bool, then the value when there is one. */
  optional<T>(value: T | undefined, write: (writer: this, value: T) => void): this {
    this.bool(value !== undefined);
    if (value !== undefined) write(this, value);
    return this;
  }

  /** A variable-length array: the count, then every item. */
  array<T>(items: readonly T[], write: (writer: this, item: T) => void): this {
    this.uint(items.length);
    for (const item of items) write(this, item);
    return this;
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.parts);
  }

  private append(part: Buffer): this {
    this.parts.push(part);
    return this;
  }
}

/** Reads one XDR body from its start; every method throws XdrError when the bytes do not hold what is asked for. */
export class XdrReader {
  private offset = 0;

  constructor(private readonly bytes: Buffer) {}

  /** Bytes not read yet. */
  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  int(): number {
    return this.take(4).readInt32BE();
  }

  uint(): number {
    return this.take(4).readUInt32BE();
  }

  hyper(): bigint {
    return this.take(8).readBigInt64BE();
  }

  uhyper(): bigint {
    return this.take(8).readBigUInt64BE();
  }

  double(): number {
    return this.take(8).readDoubleBE();
  }

  bool(): boolean {
    const value = this.uint();
    if (value > 1) throw new XdrError(`a bool is 0 or 1, not ${value}`);
    return value === 1;
  }

  opaque(length: number): Buffer {
    const bytes = this.take(length);
    this.take(padding(length));
    return bytes;
  }

  string(): string {
    const length = this.uint();
    if (length > MAX_STRING)
      throw new XdrError(`string of ${length} bytes, at most ${MAX_STRING} are allowed`);
    return this.opaque(length).toString('utf8');
  }

  optional<T>(read: (reader: this) => T): T | undefined {
    return this.bool() ? read(this) : undefined;
  }

  /** At most `max` items. No memory is reserved ahead: a lying count ends at the end of the bytes. */
  array<T>(max: number, read: (reader: this) => T): T[] {
    const count = this.uint();
    if (count > max) throw new XdrError(`array of ${count} items, at most ${max} are allowed`);
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read(this));
    return items;
  }

  private take(length: number): Buffer {
    if (length > this.remaining) {
      throw new XdrError(`message ends after ${this.bytes.length} bytes, ${length} more were expected`);
    }
    const start = this.offset;
    this.offset += length;
    return this.bytes.subarray(start, this.offset);
  }
}
