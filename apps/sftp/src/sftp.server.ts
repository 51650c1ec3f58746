import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { log } from '@nubo/observability';
import ssh2 from 'ssh2';
import { Admission, type AdmissionLimits, type Admitted } from './connections/admission';
import type { AuthenticationLimits } from './connections/authentication';
import { Connection, type ConnectionParts } from './connections/connection';
import { Farewells } from './connections/farewells';
import type { SftpBackend } from './backends/backend';
import { Sites } from './trees/sites';

export interface SftpOptions {
  readonly host: string;
  readonly port: number;
  readonly hostKey: string;
  readonly backend: SftpBackend;
  readonly admission: AdmissionLimits;
  readonly authentication: AuthenticationLimits;
  /** A client must have logged in by then, ms. */
  readonly graceMs: number;
}

/** Of all clients together: each has sockets and handles. */
const MAX_CONNECTIONS = 1_000;

/** The SFTP server. Sockets are counted before a client has said anything. */
export class SftpServer {
  private readonly tcp: Server;
  private readonly ssh: ssh2.Server;
  private readonly admission: Admission;
  private readonly farewells: Farewells;
  private readonly clients = new Set<Promise<void>>();
  private readonly sockets = new Map<string, { socket: Socket; admitted: Admitted }>();

  constructor(private readonly options: SftpOptions) {
    this.admission = new Admission(options.admission);
    this.farewells = new Farewells(options.backend);
    const parts: ConnectionParts = {
      backend: options.backend,
      farewells: this.farewells,
      sites: new Sites(),
      limits: options.authentication,
    };
    this.ssh = new ssh2.Server({ hostKeys: [options.hostKey], ident: 'nubo' }, (client, { ip, port }) => {
      const known = this.sockets.get(`${ip}:${port}`);
      if (!known) return void client.end();
      const { end } = new Connection(client, known.socket, known.admitted, parts);
      this.clients.add(end);
      void end.finally(() => this.clients.delete(end));
    });
    this.ssh.on('error', (error: unknown) => log.error({ err: error }, 'the SSH server broke'));
    this.tcp = createServer({ noDelay: true }, (socket) => this.connected(socket));
    this.tcp.maxConnections = MAX_CONNECTIONS;
  }

  /** Resolves with the port when clients can come. */
  listen(): Promise<number> {
    const { host, port } = this.options;
    return new Promise((resolve, reject) => {
      this.tcp.once('error', reject);
      this.tcp.listen(port, host, () => resolve((this.tcp.address() as AddressInfo).port));
    });
  }

  /** Hangs up on everybody, and tells what they did. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.tcp.close(() => resolve());
      for (const { socket } of this.sockets.values()) socket.destroy();
    });
    await Promise.allSettled(this.clients);
    await this.farewells.stop();
  }

  private connected(socket: Socket): void {
    const { remoteAddress = '', remotePort } = socket;
    const admitted = this.admission.enter(remoteAddress);
    if (!admitted) return void socket.destroy();
    const key = `${remoteAddress}:${remotePort}`;
    this.sockets.set(key, { socket, admitted });
    const grace = setTimeout(() => {
      if (!admitted.isReady) socket.destroy();
    }, this.options.graceMs);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(grace);
      this.sockets.delete(key);
      admitted.leave();
    });
    this.ssh.injectSocket(socket);
  }
}
