// One RPC message on the wire: u32 length (itself included), program, version, procedure, type, serial, status, body.
import { HEADER_LENGTH, MAX_MESSAGE } from './protocol';
import { XdrError, XdrReader, XdrWriter } from './xdr';

export interface MessageHeader {
  program: number;
  version: number;
  procedure: number;
  type: number;
  serial: number;
  status: number;
}

export interface Message extends MessageHeader {
  body: XdrReader;
}

/** Header and body as bytes. Throws XdrError when the message would be longer than MAX_MESSAGE. */
export function encodeMessage(header: MessageHeader, body: Buffer): Buffer {
  const length = HEADER_LENGTH + body.length;
  if (length > MAX_MESSAGE)
    throw new XdrError(`message of ${length} bytes, at most ${MAX_MESSAGE} are allowed`);
  const head = new XdrWriter()
    .uint(length)
    .uint(header.program)
    .uint(header.version)
    .int(header.procedure)
    .uint(header.type)
    .uint(header.serial)
    .uint(header.status)
    .toBuffer();
  return Buffer.concat([head, body]);
}

function decode(bytes: Buffer): Message {
  const body = new XdrReader(bytes.subarray(4));
  return {
    program: body.uint(),
    version: body.uint(),
    procedure: body.int(),
    type: body.uint(),
    serial: body.uint(),
    status: body.uint(),
    body,
  };
}

/** Cuts a byte stream into messages. */
export class MessageFramer {
  private chunks: Buffer[] = [];
  private size = 0;
  private wanted: number | undefined;

  /**
   * Takes the next bytes and returns the messages that are complete now, in order.
   * Throws XdrError when a length is absurd: the stream cannot be understood from there on.
   */
  push(chunk: Buffer): Message[] {
    this.chunks.push(chunk);
    this.size += chunk.length;
    const messages: Message[] = [];
    for (let bytes = this.next(); bytes !== undefined; bytes = this.next()) messages.push(decode(bytes));
    return messages;
  }

  private next(): Buffer | undefined {
    this.wanted ??= this.readLength();
    if (this.wanted === undefined || this.size < this.wanted) return undefined;
    const bytes = this.joined();
    const message = bytes.subarray(0, this.wanted);
    this.chunks = [bytes.subarray(this.wanted)];
    this.size -= this.wanted;
    this.wanted = undefined;
    return message;
  }

  private readLength(): number | undefined {
    if (this.size < 4) return undefined;
    const length = this.joined().readUInt32BE(0);
    if (length < HEADER_LENGTH || length > MAX_MESSAGE) {
      throw new XdrError(
        `message of ${length} bytes, between ${HEADER_LENGTH} and ${MAX_MESSAGE} are allowed`,
      );
    }
    return length;
  }

  private joined(): Buffer {
    const [first] = this.chunks;
    const bytes = this.chunks.length === 1 && first ? first : Buffer.concat(this.chunks);
    this.chunks = [bytes];
    return bytes;
  }
}
