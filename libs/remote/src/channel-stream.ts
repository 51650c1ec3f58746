import { Duplex } from 'node:stream';
import { type Channel } from 'ssh2';

/**
 * An ssh2 channel as an ordinary stream: `destroy` closes it, and when the connection dies it ends with the signal's
 * reason as its error. (ssh2's own channel ignores `destroy(error)` and never calls back a write after its close.)
 */
export class ChannelStream extends Duplex {
  constructor(
    private readonly channel: Channel,
    private readonly connectionEnded: AbortSignal,
  ) {
    super({ allowHalfOpen: false });
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.on('end', () => this.push(null));
    channel.on('error', (error: Error) => this.destroy(error));
    connectionEnded.addEventListener('abort', this.cut);
    if (connectionEnded.aborted) this.cut();
  }

  override _read(): void {
    this.channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.channel.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.connectionEnded.removeEventListener('abort', this.cut);
    this.channel.close();
    // ssh2 forgets a channel only when it has been read to its end.
    this.channel.resume();
    done(error);
  }

  private readonly cut = (): void => {
    this.destroy(this.connectionEnded.reason as Error);
  };
}
