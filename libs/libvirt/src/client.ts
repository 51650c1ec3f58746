import { EventEmitter } from 'node:events';
import { type Duplex } from 'node:stream';
import {
  readAllStats,
  readDomain,
  readDomains,
  readInfo,
  readLifecycle,
  stateName,
  uuidToBytes,
  writeDomain,
  type Domain,
  type DomainInfo,
  type DomainStats,
  type LifecycleEvent,
} from './domain-codec';
import { type LibvirtClosed, LibvirtError } from './errors';
import { AuthType, EVENT_ID_LIFECYCLE, MAX_AUTH_TYPES, Procedure, type DomainState } from './protocol';
import { Rpc } from './rpc';
import { type XdrReader, XdrWriter } from './xdr';

/** Where a libvirtd (or, where the modular daemons run, virtqemud) listens, in the order to try. */
export const LIBVIRT_SOCKETS = ['/run/libvirt/libvirt-sock', '/run/libvirt/virtqemud-sock'] as const;

export interface ConnectOptions {
  /** The driver; default `qemu:///system`. */
  uri?: string;
  /** Default for every call, milliseconds; default 30,000. */
  timeoutMs?: number;
}

export interface CallOptions {
  /** For this call alone, milliseconds, waiting behind other calls included. */
  timeoutMs?: number;
}

export interface LibvirtVersion {
  major: number;
  minor: number;
  release: number;
}

export type LifecycleListener = (event: LifecycleEvent) => void;

const DEFAULT_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * A connection to one libvirt daemon. Every method rejects with LibvirtError (libvirt refused), LibvirtTimeout
 * (no answer in time), LibvirtClosed (the connection is gone) or XdrError (not the protocol).
 * Emits `close` once, with the reason, when the connection is gone for whatever cause.
 */
export class LibvirtClient extends EventEmitter<{ close: [reason: LibvirtClosed] }> {
  private readonly lifecycle = new Set<LifecycleListener>();
  private registration: Promise<number> | undefined;

  private constructor(
    private readonly rpc: Rpc,
    private readonly timeoutMs: number,
  ) {
    super();
    rpc.on('close', (reason) => this.emit('close', reason));
    rpc.on('event', (procedure, body) => this.dispatchEvent(procedure, body));
  }

  /** Authenticates (none, or polkit of the socket's peer) and opens the driver on a stream that the client then owns. */
  static async connect(stream: Duplex, options: ConnectOptions = {}): Promise<LibvirtClient> {
    const client = new LibvirtClient(new Rpc(stream), options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    try {
      await client.authenticate();
      const uri = options.uri ?? 'qemu:///system';
      await client.call(Procedure.ConnectOpen, (w) => w.optional(uri, (x, v) => x.string(v)).uint(0));
      return client;
    } catch (error) {
      client.rpc.close('libvirt could not be opened');
      throw error;
    }
  }

  get closed(): boolean {
    return this.rpc.closed;
  }

  /** All domains, running or only defined. */
  async listDomains(options?: CallOptions): Promise<Domain[]> {
    const reply = await this.call(Procedure.ConnectListAllDomains, (w) => w.int(1).uint(0), options);
    return readDomains(reply);
  }

  /** Rejects with a LibvirtError whose `isNotFound` is true when there is none. */
  async lookupByName(name: string, options?: CallOptions): Promise<Domain> {
    return readDomain(await this.call(Procedure.DomainLookupByName, (w) => w.string(name), options));
  }

  /** Rejects with a LibvirtError whose `isNotFound` is true when there is none, with XdrError when it is no UUID. */
  async lookupByUuid(uuid: string, options?: CallOptions): Promise<Domain> {
    const bytes = uuidToBytes(uuid);
    return readDomain(await this.call(Procedure.DomainLookupByUuid, (w) => w.opaque(bytes), options));
  }

  /** Defines a domain, or gives the one with the same UUID and name a new definition. */
  async defineXml(xml: string, options?: CallOptions): Promise<Domain> {
    return readDomain(await this.call(Procedure.DomainDefineXml, (w) => w.string(xml), options));
  }

  /** Defines and starts a domain that is forgotten when it stops. */
  async createTransient(xml: string, options?: CallOptions): Promise<Domain> {
    return readDomain(await this.call(Procedure.DomainCreateXml, (w) => w.string(xml).int(0), options));
  }

  /** Starts a defined domain. VIR_ERR_OPERATION_INVALID when it runs already. */
  async create(domain: Domain, options?: CallOptions): Promise<Domain> {
    return readDomain(await this.domainCall(Procedure.DomainCreateWithFlags, domain, 0, options));
  }

  /** Asks the guest to shut down (ACPI); it stops later, or never. VIR_ERR_OPERATION_INVALID when it does not run. */
  async shutdown(domain: Domain, options?: CallOptions): Promise<void> {
    await this.call(Procedure.DomainShutdown, (w) => writeDomain(w, domain), options);
  }

  /** Stops the domain's processors; qemu has written and flushed then what it held. VIR_ERR_OPERATION_INVALID when it does not run. */
  async suspend(domain: Domain, options?: CallOptions): Promise<void> {
    await this.call(Procedure.DomainSuspend, (w) => writeDomain(w, domain), options);
  }

  /** Undoes {@link suspend}. */
  async resume(domain: Domain, options?: CallOptions): Promise<void> {
    await this.call(Procedure.DomainResume, (w) => writeDomain(w, domain), options);
  }

  /**
   * Has the guest's agent freeze all file systems; how many there are. Rejects with LibvirtError when the domain has no
   * agent's channel, or no agent answers within 5 s.
   */
  async fsFreeze(domain: Domain, options?: CallOptions): Promise<number> {
    return this.fileSystems(Procedure.DomainFsFreeze, domain, options);
  }

  /** Undoes {@link fsFreeze}; of a domain that is paused nobody can answer. */
  async fsThaw(domain: Domain, options?: CallOptions): Promise<number> {
    return this.fileSystems(Procedure.DomainFsThaw, domain, options);
  }

  /** Stops the domain as a power cut does. VIR_ERR_OPERATION_INVALID when it does not run. */
  async destroy(domain: Domain, options?: CallOptions): Promise<void> {
    await this.domainCall(Procedure.DomainDestroyFlags, domain, 0, options);
  }

  /** Forgets the definition; a running domain goes on as a transient one. `flags`: UndefineFlag, combined by `|`. */
  async undefine(domain: Domain, flags = 0, options?: CallOptions): Promise<void> {
    await this.domainCall(Procedure.DomainUndefineFlags, domain, flags, options);
  }

  async info(domain: Domain, options?: CallOptions): Promise<DomainInfo> {
    const reply = await this.call(Procedure.DomainGetInfo, (w) => writeDomain(w, domain), options);
    return readInfo(reply);
  }

  /** The state, and libvirt's number for how it came about (virDomain*Reason of that state). */
  async state(domain: Domain, options?: CallOptions): Promise<{ state: DomainState; reason: number }> {
    const reply = await this.domainCall(Procedure.DomainGetState, domain, 0, options);
    return { state: stateName(reply.int()), reason: reply.int() };
  }

  /** The definition with what libvirt added to it: of the running domain, else of the defined one. */
  async xml(domain: Domain, options?: CallOptions): Promise<string> {
    return (await this.domainCall(Procedure.DomainGetXmlDesc, domain, 0, options)).string();
  }

  /** All figures of all domains at once, or of `domains`, of which there must be at least one; a busy qemu monitor makes it take 10 ms and more per running domain. */
  async allStats(options: CallOptions & { domains?: Domain[] } = {}): Promise<DomainStats[]> {
    const { domains = [] } = options;
    const everything = (w: XdrWriter) => w.array(domains, writeDomain).uint(0).uint(0);
    return readAllStats(await this.call(Procedure.ConnectGetAllDomainStats, everything, options));
  }

  /** The daemon's own host name. */
  async hostname(options?: CallOptions): Promise<string> {
    return (await this.call(Procedure.ConnectGetHostname, (w) => w, options)).string();
  }

  async libVersion(options?: CallOptions): Promise<LibvirtVersion> {
    const version = Number((await this.call(Procedure.ConnectGetLibVersion, (w) => w, options)).uhyper());
    const minor = Math.floor(version / 1_000) % 1_000;
    return { major: Math.floor(version / 1_000_000), minor, release: version % 1_000 };
  }

  /** The host's capabilities as XML (https://libvirt.org/formatcaps.html). */
  async capabilities(options?: CallOptions): Promise<string> {
    return (await this.call(Procedure.ConnectGetCapabilities, (w) => w, options)).string();
  }

  /**
   * Hears every lifecycle event of every domain from the moment this resolves, in order.
   * Events are pushed by libvirt while the connection lives and are lost with it: look again after a reconnect.
   * Resolves to the way to hear no more; that one never rejects.
   */
  async onLifecycle(listener: LifecycleListener): Promise<() => Promise<void>> {
    const own: LifecycleListener = (event) => listener(event);
    this.lifecycle.add(own);
    try {
      this.registration ??= this.register();
      await this.registration;
    } catch (error) {
      this.lifecycle.delete(own);
      throw error;
    }
    return () => this.unsubscribe(own);
  }

  /** Says good-bye to the daemon (at most a second) and ends the stream. Never rejects. */
  async close(): Promise<void> {
    await this.call(Procedure.ConnectClose, (w) => w, { timeoutMs: CLOSE_TIMEOUT_MS }).catch(() => undefined);
    this.rpc.close('closed by this side');
  }

  private async authenticate(): Promise<void> {
    const reply = await this.call(Procedure.AuthList, (w) => w);
    const types = reply.array(MAX_AUTH_TYPES, (reader) => reader.int());
    if (types.length === 0 || types.includes(AuthType.None)) return;
    if (!types.includes(AuthType.Polkit)) throw new LibvirtError('libvirt wants SASL authentication', 45, 0);
    await this.call(Procedure.AuthPolkit, (w) => w);
  }

  private async register(): Promise<number> {
    try {
      const body = (w: XdrWriter) => w.int(EVENT_ID_LIFECYCLE).optional<Domain>(undefined, writeDomain);
      return (await this.call(Procedure.ConnectDomainEventCallbackRegisterAny, body)).int();
    } catch (error) {
      this.registration = undefined;
      throw error;
    }
  }

  private async unsubscribe(listener: LifecycleListener): Promise<void> {
    if (!this.lifecycle.delete(listener) || this.lifecycle.size > 0 || !this.registration) return;
    const id = await this.registration;
    this.registration = undefined;
    const deregister = this.call(Procedure.ConnectDomainEventCallbackDeregisterAny, (w) => w.int(id));
    await deregister.catch(() => undefined);
  }

  private dispatchEvent(procedure: number, body: XdrReader): void {
    if (procedure !== Procedure.DomainEventCallbackLifecycle) return;
    const event = readLifecycle(body);
    if (!event) return;
    // A listener that throws must not be taken for a broken protocol.
    for (const listener of this.lifecycle) queueMicrotask(() => listener(event));
  }

  private async fileSystems(procedure: Procedure, domain: Domain, options?: CallOptions): Promise<number> {
    const all = (w: XdrWriter) =>
      writeDomain(w, domain)
        .array([], (x) => x)
        .uint(0);
    return (await this.call(procedure, all, options)).int();
  }

  private domainCall(
    procedure: Procedure,
    domain: Domain,
    flags: number,
    options?: CallOptions,
  ): Promise<XdrReader> {
    return this.call(procedure, (w) => writeDomain(w, domain).uint(flags), options);
  }

  private async call(
    procedure: Procedure,
    write: (writer: XdrWriter) => XdrWriter,
    options?: CallOptions,
  ): Promise<XdrReader> {
    const body = write(new XdrWriter()).toBuffer();
    return this.rpc.call({ procedure, body, timeoutMs: options?.timeoutMs ?? this.timeoutMs });
  }
}
