import { Duplex } from 'node:stream';

/** One end of a line: what is written to it comes out of the other. */
class End extends Duplex {
  other: End | undefined;

  override _read(): void {
    // The other end pushes.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    setImmediate(() => this.other?.destroyed || this.other?.push(chunk));
    done();
  }

  override _final(done: () => void): void {
    setImmediate(() => this.other?.destroyed || this.other?.push(null));
    done();
  }
}

/** Two streams joined to each other in memory. */
export function streamPair(): [Duplex, Duplex] {
  const [near, far] = [new End(), new End()];
  near.other = far;
  far.other = near;
  return [near, far];
}
