import http from 'node:http';
import type { Duplex } from 'node:stream';
import { type HostsAccess } from '@nubo/fleet';
import type { InstancePlace } from './instance-control.driver';
import { RelayStream } from './relay.driver';

const CONTROL_PORT = 8081;
/** A little longer than from one look at a distribution to the next. */
const IDLE_MS = 20_000;
/** Of each host: as many commands as it runs at a time. When another is needed, the one that was idle longest goes. */
const MOST_RELAYS = 8;

export type PlaceOptions = http.ClientRequestArgs & { place?: InstancePlace };
type Connected = (error: Error | null, stream: Duplex) => void;

/** The relays of one host. */
class Relays {
  private readonly open = new Set<RelayStream>();
  /** Those that nobody uses, the one that was used last at the end. */
  private readonly idle = new Map<RelayStream, NodeJS.Timeout>();

  add(relay: RelayStream): void {
    this.open.add(relay);
    relay.once('close', () => {
      this.use(relay);
      this.open.delete(relay);
    });
  }

  rest(relay: RelayStream): void {
    relay.idle = true;
    const end = setTimeout(() => relay.destroy(), IDLE_MS);
    this.idle.set(relay, end.unref());
  }

  use(relay: RelayStream): void {
    relay.idle = false;
    clearTimeout(this.idle.get(relay));
    this.idle.delete(relay);
  }

  makeRoom(): void {
    const [longest] = this.idle.keys();
    if (this.open.size >= MOST_RELAYS) longest?.destroy();
  }
}

/** Keeps connections to instances. Tenants have the same addresses: the router's namespace is part of their name. */
export class RelayAgent extends http.Agent {
  private readonly relays = new Map<string, Relays>();
  private readonly of = new WeakMap<RelayStream, Relays>();

  constructor(private readonly access: HostsAccess) {
    super({ keepAlive: true, maxSockets: 2, maxFreeSockets: 1 });
  }

  override getName({ place }: PlaceOptions = {}): string {
    return `${place?.hostId} ${place?.namespace} ${place?.address}`;
  }

  override createConnection({ place }: PlaceOptions, connected?: Connected): undefined {
    this.open(place).then(
      (stream) => connected?.(null, stream),
      (error: Error) => connected?.(error, undefined as never),
    );
    return undefined;
  }

  override keepSocketAlive(socket: Duplex): boolean {
    if (!(socket instanceof RelayStream) || socket.isOld || socket.readableEnded) return false;
    this.of.get(socket)?.rest(socket);
    return true;
  }

  override reuseSocket(socket: Duplex, request: http.ClientRequest): void {
    super.reuseSocket(socket, request);
    if (socket instanceof RelayStream) this.of.get(socket)?.use(socket);
  }

  private async open(place?: InstancePlace): Promise<Duplex> {
    const { hostId = '', namespace = '', address = '' } = place ?? {};
    const host = await this.access.reach(hostId);
    const relays = this.relays.get(hostId) ?? new Relays();
    this.relays.set(hostId, relays);
    relays.makeRoom();
    const relay = new RelayStream(host, { namespace, address, port: CONTROL_PORT });
    this.of.set(relay, relays);
    relays.add(relay);
    return relay;
  }
}
