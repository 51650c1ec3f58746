// Conversations with libvirtd as fixture files: `>` begins a request, `<` what comes back, further lines belong to the
// message above, `#` begins a comment, and `........` stands for the serial, which each client counts for itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Duplex } from 'node:stream';
import { streamPair } from './stream-pair';

const SERIAL = 20;
const UNKNOWN = '........';

export interface GoldenMessage {
  fromClient: boolean;
  bytes: Buffer;
  /** The serial is the request's. */
  answers: boolean;
}

/** The messages of a file in `fixtures/`. */
export function golden(name: string): GoldenMessage[] {
  const text = readFileSync(join(__dirname, '..', 'fixtures', `${name}.hex`), 'utf8').replaceAll(/#.*/g, '');
  return [...text.matchAll(/([<>])([^<>]*)/g)].map(([, mark, words = '']) => {
    const hex = words.replaceAll(/\s/g, '');
    const bytes = Buffer.from(hex.replace(UNKNOWN, '00000000'), 'hex');
    return { fromClient: mark === '>', bytes, answers: hex.includes(UNKNOWN) };
  });
}

/** Plays libvirtd's part of a conversation and keeps what the client said, with its serials set to 0. */
export class GoldenDaemon {
  readonly heard: string[] = [];
  readonly stream: Duplex;
  private readonly script: GoldenMessage[];

  constructor(...names: string[]) {
    this.script = names.flatMap(golden);
    const [near, far] = streamPair();
    this.stream = near;
    far.on('data', (request: Buffer) => this.hear(request, far));
  }

  /** What the client has to say, with serials set to 0. */
  get expected(): string[] {
    return this.script.filter(({ fromClient }) => fromClient).map(({ bytes }) => bytes.toString('hex'));
  }

  private hear(request: Buffer, line: Duplex): void {
    const serial = request.readUInt32BE(SERIAL);
    this.heard.push(withSerial(request, 0).toString('hex'));
    const requests = this.script.flatMap(({ fromClient }, i) => (fromClient ? [i] : []));
    const from = requests[this.heard.length - 1];
    if (from === undefined) return;
    for (const { bytes, answers } of this.script.slice(from + 1, requests[this.heard.length])) {
      line.write(answers ? withSerial(bytes, serial) : bytes);
    }
  }
}

function withSerial(message: Buffer, serial: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt32BE(serial, SERIAL);
  return copy;
}
