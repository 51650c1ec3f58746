// An SSH server in this process, for the faults that a real sshd does not have on demand.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { Server, type AuthContext, type Connection, type ServerChannel, type Session } from 'ssh2';
import { fingerprintOf, newPrivateKey, publicKeyOf } from '../keys';
import { type HostTarget } from '../settings';

export interface TestSshdOptions {
  password?: string;
  /** Offer the password through keyboard-interactive only. */
  keyboardInteractive?: boolean;
  /** Environment of the commands. */
  env?: NodeJS.ProcessEnv;
}

/** Runs what it is told in a local /bin/sh; forwards streamlocal channels to local sockets. */
export class TestSshd {
  readonly connections = new Set<Connection>();
  /** Everything that clients tried to log in with: `<method> <secret>`. */
  readonly credentials: string[] = [];
  /** Public keys (`<type> <base64>`) that may log in. */
  readonly authorized = new Set<string>();
  /** The commands started, the pty one included. */
  readonly commands: string[] = [];
  connectionsSeen = 0;
  openChannels = 0;
  mostChannels = 0;
  /** Say nothing to a command until it is closed. */
  mute = false;
  private readonly server: Server;

  private constructor(
    readonly hostKeyPem: string,
    private readonly options: TestSshdOptions,
  ) {
    this.server = new Server({ hostKeys: [hostKeyPem] }, (client) => this.welcome(client));
  }

  static async start(
    options: TestSshdOptions = {},
    hostKeyPem = newPrivateKey(),
    port = 0,
  ): Promise<TestSshd> {
    const sshd = new TestSshd(hostKeyPem, options);
    sshd.server.listen(port, '127.0.0.1');
    await once(sshd.server, 'listening');
    return sshd;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get fingerprint(): string {
    const [, blob = ''] = publicKeyOf(this.hostKeyPem).split(' ');
    return fingerprintOf(Buffer.from(blob, 'base64'));
  }

  target(change: Partial<HostTarget> = {}): HostTarget {
    const { port, fingerprint: hostKey } = this;
    return { id: 'h1', address: '127.0.0.1', port, user: 'root', hostKey, ...change };
  }

  /** Drops every connection, as a host that loses its power. */
  cut(): void {
    for (const connection of this.connections) connection.end();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private welcome(client: Connection): void {
    this.connections.add(client);
    this.connectionsSeen += 1;
    client.on('error', () => undefined);
    client.on('close', () => this.connections.delete(client));
    client.on('authentication', (attempt) => this.authenticate(attempt));
    client.on('session', (accept) => this.session(accept()));
    client.on('openssh.streamlocal', (accept, refuse, info) => {
      const socket = connect(info.socketPath);
      socket.once('error', () => refuse());
      socket.once('connect', () => {
        const channel = accept();
        channel.on('close', () => socket.destroy());
        socket.on('close', () => channel.close());
        socket.pipe(channel).pipe(socket);
      });
    });
  }

  private authenticate(attempt: AuthContext): void {
    const { password, keyboardInteractive } = this.options;
    const offered = keyboardInteractive ? 'keyboard-interactive' : 'password';
    if (attempt.method === 'publickey') {
      const key = `${attempt.key.algo} ${attempt.key.data.toString('base64')}`;
      this.credentials.push(`publickey ${key}`);
      if (this.authorized.has(key)) return attempt.accept();
    } else if (attempt.method === 'password') {
      this.credentials.push(`password ${attempt.password}`);
      if (!keyboardInteractive && attempt.password === password) return attempt.accept();
    } else if (attempt.method === 'keyboard-interactive') {
      attempt.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) => {
        this.credentials.push(`keyboard-interactive ${answer}`);
        if (answer === password) attempt.accept();
        else attempt.reject();
      });
      return;
    }
    attempt.reject(['publickey', offered]);
  }

  private session(session: Session): void {
    this.openChannels += 1;
    this.mostChannels = Math.max(this.mostChannels, this.openChannels);
    session.on('close', () => (this.openChannels -= 1));
    session.on('pty', (accept) => accept());
    session.on('exec', (accept, _refuse, { command }) => {
      this.commands.push(command);
      this.run(command, accept());
    });
  }

  private run(command: string, channel: ServerChannel): void {
    channel.on('error', () => undefined);
    if (this.mute) return void channel.resume();
    const child = spawn('/bin/sh', ['-c', command], { env: this.options.env, detached: true });
    child.stdin.on('error', () => undefined);
    channel.pipe(child.stdin);
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.on('close', (code, signal) => {
      if (code === null) channel.exit((signal ?? 'SIGKILL').replace('SIG', ''));
      else channel.exit(code);
      channel.close();
    });
  }
}
