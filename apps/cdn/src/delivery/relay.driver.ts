import { Duplex, PassThrough } from 'node:stream';
import { sh, type RemoteHost } from '@nubo/remote';

/**
 * A stream into a router's network, through a command on its host. Debian's bash opens /dev/tcp. It ends with either
 * side: a reader that stayed would hold the connection, and with it the network, and an end of the instance would not
 * be seen here while a writer holds the command's output.
 */
const RELAY = `exec 3<>"/dev/tcp/$1/$2" || exit 1
cat <&3 3>&- &
reader=$!
cat <&0 >&3 &
wait -n
kill $reader $! 2>&-`;

/** A command lives as long as its stream, but never for ever. */
const LONGEST_MS = 600_000;
/** Nothing is begun on one that is older. */
const OLD_MS = LONGEST_MS / 2;

export interface RelayTarget {
  namespace: string;
  address: string;
  port: number;
}

/** What node:http wants of a socket beside a stream. */
export class RelayStream extends Duplex {
  /** Nobody waits for an answer on it: with the other side's end it is over. */
  idle = false;
  private readonly up = new PassThrough();
  private readonly down = new PassThrough();
  private readonly since = performance.now();

  constructor(host: RemoteHost, { namespace, address, port }: RelayTarget) {
    super();
    this.down.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) this.down.pause();
    });
    this.down.once('end', () => {
      this.push(null);
      if (this.idle) this.destroy();
    });
    const command = sh`exec ip netns exec ${namespace} bash -c ${RELAY} relay ${address} ${port}`;
    host.run(command, { stdin: this.up, stdout: this.down, timeoutMs: LONGEST_MS }).then(
      () => this.destroy(),
      (error: Error) => this.destroy(error),
    );
  }

  get isOld(): boolean {
    return performance.now() - this.since > OLD_MS;
  }

  override _read(): void {
    this.down.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.up.write(chunk)) done();
    else this.up.once('drain', done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.up.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.up.end();
    this.down.destroy();
    done(error);
  }

  setTimeout(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
