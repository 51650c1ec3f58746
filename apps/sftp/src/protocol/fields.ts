/** The client does not speak the protocol: there is nothing to answer, its channel is closed. */
export class ProtocolError extends Error {}

/** What a client may set of a file. */
export interface NewAttributes {
  readonly size?: number;
  /** Permission bits. */
  readonly mode?: number;
  /** Seconds. */
  readonly atime?: number;
  readonly mtime?: number;
}

export const ATTRIBUTE = { size: 1, owner: 2, mode: 4, times: 8, extended: 0x80000000 } as const;

/** Reads the fields of one packet in their order. Throws {@link ProtocolError} when the packet ends before. */
export class Fields {
  private at = 0;

  constructor(private readonly packet: Buffer) {}

  byte(): number {
    return this.packet[this.step(1)] ?? 0;
  }

  uint32(): number {
    return this.packet.readUInt32BE(this.step(4));
  }

  /** Beyond 2^53 the nearest number: no file is that large. */
  uint64(): number {
    return Number(this.packet.readBigUInt64BE(this.step(8)));
  }

  /** Not a copy. */
  bytes(): Buffer {
    const length = this.uint32();
    const from = this.step(length);
    return this.packet.subarray(from, from + length);
  }

  attributes(): NewAttributes {
    const flags = this.uint32();
    const size = flags & ATTRIBUTE.size ? this.uint64() : undefined;
    if (flags & ATTRIBUTE.owner) this.step(8);
    const mode = flags & ATTRIBUTE.mode ? this.uint32() : undefined;
    const times = flags & ATTRIBUTE.times ? { atime: this.uint32(), mtime: this.uint32() } : {};
    if (flags & ATTRIBUTE.extended) this.skipExtended();
    return { size, mode, ...times };
  }

  private skipExtended(): void {
    for (let left = this.uint32(); left > 0; left -= 1) {
      this.bytes();
      this.bytes();
    }
  }

  private step(bytes: number): number {
    const from = this.at;
    this.at += bytes;
    if (this.at > this.packet.length) throw new ProtocolError('a packet that ends too early');
    return from;
  }
}
