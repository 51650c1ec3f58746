import { setMaxListeners } from 'node:events';
import { type Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, type ClientChannel } from 'ssh2';
import { ChannelStream } from './channel-stream';
import { unless } from './deadline';
import { dial, type DialOptions } from './dial';
import { RemoteError, type HostName } from './remote-error';

/** How long the one pty command may take; without it everything works, only slower. */
const PTY_TIMEOUT_MS = 2_000;

/**
 * SSH_OPEN_CONNECT_FAILED (RFC 4254 5.1). For a socket: nothing accepts there. For a session: sshd has MaxSessions at
 * work. It frees one only after it has read our close and come round its loop (OpenSSH 9.2), so eight that end and
 * are followed by others at once can look like more than ten; nothing was started, a moment later there is room.
 */
const CONNECT_FAILED = 2;
const FULL_WAIT_MS = 2;
const FULL_WAIT_MAX_MS = 250;

const reasonOf = (error: unknown): number | undefined =>
  ((error as RemoteError).cause as { reason?: number } | undefined)?.reason;

/** One live SSH connection. */
export class Connection {
  private readonly controller = new AbortController();

  private constructor(
    private readonly client: Client,
    private readonly host: HostName,
  ) {
    setMaxListeners(0, this.ended);
    client.on('error', (error) => this.end(`the connection broke: ${error.message}`));
    client.on('close', () => this.end('the connection ended'));
  }

  /** As `dial`; the connection answers quickly in both directions when this resolves. */
  static async open(options: DialOptions): Promise<Connection> {
    const client = await dial(options);
    const connection = new Connection(client, options.host);
    await connection.hurrySshd(options.signal);
    return connection;
  }

  /** Fires, with a RemoteError `closed` as its reason, when the connection is gone. */
  get ended(): AbortSignal {
    return this.controller.signal;
  }

  /** Starts a command. Rejects with RemoteError `closed`, or with the signal's reason. */
  async exec(script: string, signal: AbortSignal): Promise<ClientChannel> {
    for (let waitMs = FULL_WAIT_MS; ; waitMs = Math.min(2 * waitMs, FULL_WAIT_MAX_MS)) {
      try {
        return await this.channel((done) => this.client.exec(script, done), signal);
      } catch (error) {
        if (signal.aborted || reasonOf(error) !== CONNECT_FAILED) throw error;
        await unless([signal, this.ended], sleep(waitMs));
      }
    }
  }

  /** Connects to a unix socket of the host; undefined when nothing accepts there. Rejects with RemoteError. */
  async openUnix(path: string, signal: AbortSignal): Promise<Duplex | undefined> {
    try {
      const open = (done: ChannelCallback) => this.client.openssh_forwardOutStreamLocal(path, done);
      return new ChannelStream(await this.channel(open, signal), this.ended);
    } catch (error) {
      if (reasonOf(error) === CONNECT_FAILED) return undefined;
      throw error;
    }
  }

  close(why = 'the connection was closed by this side'): void {
    this.end(why);
    this.client.end();
    this.client.destroy();
  }

  private end(why: string): void {
    if (!this.ended.aborted) this.controller.abort(new RemoteError('closed', this.host, why));
  }

  /** sshd sets TCP_NODELAY on its side only once it has served a session with a pty; 40 ms per answer otherwise. */
  private async hurrySshd(signal?: AbortSignal): Promise<void> {
    const pty = new Promise<void>((resolve) => {
      this.client.exec('true', { pty: true }, (error, channel) => {
        if (error) return resolve();
        channel.on('close', () => resolve());
        channel.resume().end();
      });
    });
    const signals = [AbortSignal.timeout(PTY_TIMEOUT_MS), this.ended, ...(signal ? [signal] : [])];
    await unless(signals, pty).catch(() => undefined);
  }

  /** A channel that comes after the caller has given up is closed at once. */
  private channel(open: (done: ChannelCallback) => void, signal: AbortSignal): Promise<ClientChannel> {
    const opened = new Promise<ClientChannel>((resolve, reject) => {
      const fail = (error: unknown) => reject(this.noChannel(error as Error));
      try {
        open((error, channel) => {
          if (error) return fail(error);
          if (signal.aborted) channel.resume().close();
          resolve(channel);
        });
      } catch (error) {
        fail(error);
      }
    });
    return unless([signal, this.ended], opened);
  }

  private noChannel(error: Error): RemoteError {
    return new RemoteError('closed', this.host, `no channel: ${error.message}`, { cause: error });
  }
}

type ChannelCallback = (error: Error | undefined, channel: ClientChannel) => void;
