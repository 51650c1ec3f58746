// The one time that a password is used: to install the platform's key on a host.
import { collect, type CommandResult } from './command-run';
import { Connection } from './connection';
import { Deadline, unless } from './deadline';
import { type Credential, type DialOptions } from './dial';
import { plainScript, remoteLine } from './host-script';
import { publicKeyOf } from './keys';
import { RemoteError, type HostName } from './remote-error';
import { raw, type ShellCommand } from './shell';

export interface EnrolOptions {
  address: string;
  /** Default 22. */
  port?: number;
  user: string;
  password: string;
  /** The platform's unencrypted OpenSSH private key, PEM; only its public half reaches the host. */
  privateKey: string;
  /** `SHA256:…`, when the operator knows it: a host with another key is refused before the password is sent. */
  hostKey?: string;
  /** For everything together; default 30,000. */
  timeoutMs?: number;
}

export interface Enrolled {
  /** To be pinned: `SHA256:…`. */
  hostKey: string;
  /** The user is not root but may use sudo without a password: what HostTarget.sudo wants. */
  sudo: boolean;
}

/** Reads `<type> <base64>` and adds it as one line; a last line without its newline stays a line of its own. */
const INSTALL_KEY = raw(`umask 077
IFS= read -r key || exit 1
mkdir -p ~/.ssh && touch ~/.ssh/authorized_keys || exit 1
grep -qF -- "$key" ~/.ssh/authorized_keys && exit 0
[ -z "$(tail -c 1 ~/.ssh/authorized_keys)" ] || echo >> ~/.ssh/authorized_keys
printf '%s nubo\\n' "$key" >> ~/.ssh/authorized_keys`);

const WHO_AM_I = raw(`if [ "$(id -u)" = 0 ]; then echo root; else sudo -n true && echo sudo; fi`);

const MAX_OUTPUT = 64 * 1024;

class Enrolment {
  private readonly host: HostName;
  private readonly deadline: Deadline;
  private readonly timeoutMs: number;
  private hostKey: string | undefined;

  constructor(private readonly options: EnrolOptions) {
    const label = `${options.address}:${options.port ?? 22}`;
    this.host = { id: label, label };
    this.hostKey = options.hostKey;
    this.timeoutMs = options.timeoutMs ?? 30_000;
    const late = () => new RemoteError('timeout', this.host, `not enrolled within ${this.timeoutMs} ms`);
    this.deadline = new Deadline(this.timeoutMs, undefined, { timeout: late, aborted: late });
  }

  async run(): Promise<Enrolled> {
    const { password, privateKey } = this.options;
    try {
      const key = publicKeyOf(privateKey);
      await this.session({ password }, (c) => this.installKey(c, key));
      const who = await this.session({ privateKey }, (c) => this.command(c, WHO_AM_I));
      if (this.hostKey === undefined) throw new RemoteError('closed', this.host, 'showed no key');
      return { hostKey: this.hostKey, sudo: this.sudoFrom(who) };
    } finally {
      this.deadline.clear();
    }
  }

  private async session<T>(credential: Credential, work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await Connection.open(this.dialOptions(credential));
    try {
      return await work(connection);
    } finally {
      connection.close();
    }
  }

  private dialOptions(credential: Credential): DialOptions {
    const { address, port = 22, user } = this.options;
    const { host, timeoutMs } = this;
    const trusts = (seen: string) => (this.hostKey ??= seen) === seen;
    const keepalive = { keepaliveMs: 0, keepaliveCount: 0 };
    return {
      host,
      address,
      port,
      user,
      credential,
      trusts,
      timeoutMs,
      ...keepalive,
      signal: this.deadline.signal,
    };
  }

  private async installKey(connection: Connection, key: string): Promise<void> {
    const { code, stderr } = await this.command(connection, INSTALL_KEY, `${key}\n`);
    if (code === 0) return;
    const what = `the key could not be added to ~/.ssh/authorized_keys: ${stderr.trim()}`;
    throw new RemoteError('exit', this.host, what, { code, stderr: stderr.trim() });
  }

  private async command(connection: Connection, command: ShellCommand, stdin = ''): Promise<CommandResult> {
    const { signal } = this.deadline;
    const line = remoteLine(plainScript(command), this.timeoutMs, false);
    const channel = await connection.exec(line, signal);
    const tally = { bytesIn: 0, bytesOut: 0 };
    return unless([signal, connection.ended], collect({ channel, stdin, maxOutput: MAX_OUTPUT, tally }));
  }

  private sudoFrom({ stdout, stderr }: CommandResult): boolean {
    const who = stdout.trim();
    if (who === 'root' || who === 'sudo') return who === 'sudo';
    const what = `${this.options.user} is not root and may not use sudo without a password`;
    throw new RemoteError('exit', this.host, `${what}: ${stderr.trim()}`, { stderr: stderr.trim() });
  }
}

/**
 * Logs in with a password (password or keyboard-interactive), adds the platform's public key to ~/.ssh/authorized_keys
 * unless it is there, and logs in again with the key alone to a host that shows the same host key. May be repeated.
 * The password is sent to the host and kept nowhere. Rejects with RemoteError (its `host` is `address:port`): `auth`
 * for a wrong password or a key that is not accepted, `unreachable`, `host-key-changed`, `timeout`, `closed`, and `exit` when
 * the user cannot become root; with TypeError when `privateKey` is none.
 */
export function enrol(options: EnrolOptions): Promise<Enrolled> {
  return new Enrolment(options).run();
}
