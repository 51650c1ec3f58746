// One authenticated ssh2 connection, or an error that says why there is none.
import { connect as connectSocket, type Socket } from 'node:net';
import { Client, type ConnectConfig } from 'ssh2';
import { unless } from './deadline';
import { fingerprintOf } from './keys';
import { RemoteError, type HostName, type RemoteErrorKind } from './remote-error';

export type Credential = { privateKey: string } | { password: string };

export interface DialOptions {
  host: HostName;
  address: string;
  port: number;
  user: string;
  credential: Credential;
  /** Is this the host's key (`SHA256:…`)? Asked before anything of the credential is sent. */
  trusts(fingerprint: string): boolean;
  timeoutMs: number;
  /** 0 = no keepalive. */
  keepaliveMs: number;
  keepaliveCount: number;
  signal?: AbortSignal;
}

/** A password asked for by keyboard-interactive (PAM) is answered once: asking again means that it was wrong. */
function answerPrompts(client: Client, password: string): void {
  let answered = false;
  client.on('keyboard-interactive', (...event) => {
    const [, , , prompts, finish] = event;
    finish(answered ? [] : prompts.map(() => password));
    answered ||= prompts.length > 0;
  });
}

function configFor(options: DialOptions, sock: Socket): ConnectConfig {
  const { credential } = options;
  const secret =
    'password' in credential ? { password: credential.password, tryKeyboard: true } : { ...credential };
  return {
    sock,
    username: options.user,
    ...secret,
    readyTimeout: 0,
    keepaliveInterval: options.keepaliveMs,
    keepaliveCountMax: options.keepaliveCount,
    // streamlocal is an OpenSSH extension; a server without it refuses the channel, its name need not be asked.
    strictVendor: false,
  };
}

function kindOf(error: Error & { level?: string }): RemoteErrorKind {
  return error.level === 'client-authentication' ? 'auth' : 'unreachable';
}

function explain(options: DialOptions, error: Error & { level?: string }): string {
  if (kindOf(error) !== 'auth') return `no SSH connection: ${error.message || 'refused'}`;
  const what = 'password' in options.credential ? 'password' : 'key';
  return `does not let ${options.user} in with this ${what}`;
}

function handshake(client: Client, options: DialOptions, sock: Socket): Promise<Client> {
  const { host, credential } = options;
  return new Promise<Client>((resolve, reject) => {
    let refused: RemoteError | undefined;
    const hostVerifier = (key: Buffer): boolean => {
      const seen = fingerprintOf(key);
      if (options.trusts(seen)) return true;
      refused = new RemoteError('host-key-changed', host, `its key is ${seen}, another one than was pinned`);
      return false;
    };
    const fail = (error: Error) =>
      reject(refused ?? new RemoteError(kindOf(error), host, explain(options, error), { cause: error }));
    if ('password' in credential) answerPrompts(client, credential.password);
    client.once('ready', () => resolve(client));
    client.on('error', fail);
    client.once('close', () => fail(new Error('the host ended the connection')));
    client.connect({ ...configFor(options, sock), hostVerifier });
  });
}

/**
 * Connects and logs in. Rejects with RemoteError: `unreachable` (also when the time is up), `auth`, `host-key-changed`,
 * or with the signal's reason. Nothing stays open after a rejection.
 */
export async function dial(options: DialOptions): Promise<Client> {
  const sock = connectSocket({ host: options.address, port: options.port, noDelay: true });
  const client = new Client();
  const tooLate = new AbortController();
  const timer = setTimeout(() => {
    const what = `no SSH connection within ${options.timeoutMs} ms`;
    tooLate.abort(new RemoteError('unreachable', options.host, what));
  }, options.timeoutMs);
  try {
    const signals = options.signal ? [tooLate.signal, options.signal] : [tooLate.signal];
    return await unless(signals, handshake(client, options, sock));
  } catch (error) {
    client.destroy();
    sock.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
