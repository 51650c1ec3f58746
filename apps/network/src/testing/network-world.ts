/** The network service with a real database and bus, and hosts whose networks exist in memory. */
import { randomUUID } from 'node:crypto';
import {
  bindPort,
  createPort,
  createSubnet,
  createVpc,
  getPort,
  getSubnet,
  getVpc,
  serviceContext,
  type CreatePort,
  type CreateSubnet,
  type EventType,
  type PortView,
  type Principal,
  type SubnetView,
  type VpcView,
} from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { Database, OutboxRelay } from '@nubo/persistence';
import { openAccount } from '@nubo/quota';
import { Worker } from '@nubo/reconcile';
import {
  contextOf,
  eventually,
  someone,
  testApp,
  testDatabase,
  type TestApp,
  type TestDatabase,
} from '@nubo/testing';
import type { EntityManager } from 'typeorm';
import type { HostActual } from '../host-network/actual';
import { HostNetworkDriver } from '../host-network/host-network.driver';
import { SimulatedNetworks } from '../host-network/testing/simulated-networks';
import { NetworkModule } from '../network.module';

export const compute = serviceContext('compute', randomUUID());

export interface WorldOptions {
  /** Nothing is reconciled by itself. */
  idle?: boolean;
}

let hostNumber = 0;

export class NetworkWorld {
  private constructor(
    readonly app: TestApp,
    readonly networks: SimulatedNetworks,
    private readonly database: TestDatabase,
  ) {}

  static async open({ idle = false }: WorldOptions = {}): Promise<NetworkWorld> {
    const database = await testDatabase();
    const networks = new SimulatedNetworks();
    const app = await testApp(NetworkModule, 'network', {
      // Events stay where they are written, to be looked at.
      overrides: [
        [HostNetworkDriver, networks],
        [OutboxRelay, {}],
        ...(idle ? ([[Worker, { register: () => undefined }]] as const) : []),
      ],
      settings: { NUBO_SSH_KEY: 'not used here' },
    });
    return new NetworkWorld(app, networks, database);
  }

  get em(): EntityManager {
    return this.app.get(Database).manager;
  }

  async stop(): Promise<void> {
    await this.app.stop();
    await this.database.stop();
  }

  /** An enrolled host; its number is the last byte of its address. */
  async host(overrides: Partial<Host> = {}): Promise<Host> {
    hostNumber += 1;
    const address = `198.51.100.${hostNumber}`;
    const host = this.em.create(Host, {
      id: randomUUID(),
      name: `host-${hostNumber}`,
      userId: randomUUID(),
      state: 'ready',
      address,
      user: 'root',
      hostKey: 'SHA256:none',
      roles: ['compute'],
      location: 'loc1',
      underlayAddress: address,
      external: null,
      ...overrides,
    });
    await this.em.insert(Host, host);
    return host;
  }

  /** A network host with `addresses` external addresses of its own. */
  networkHost(addresses = 100, overrides: Partial<Host> = {}): Promise<Host> {
    const net = `203.${hostNumber + 1}.113`;
    const range = `${net}.10-${net}.${9 + addresses}`;
    const external = { interface: 'eth0', range, prefix: 24, gateway: `${net}.1` };
    return this.host({ roles: ['network'], external, ...overrides });
  }

  /** The owner of a new tenant. */
  async owner(): Promise<Principal> {
    const who = someone('owner');
    if (who.tenantId) await openAccount(this.em, who.tenantId);
    return who;
  }

  async vpc(who: Principal, overrides: { name?: string; region?: string } = {}): Promise<VpcView> {
    return this.app.call(createVpc, contextOf(who), { name: 'blue', ...overrides });
  }

  async readyVpc(who: Principal): Promise<VpcView> {
    const { id } = await this.vpc(who);
    return this.until(() => this.app.call(getVpc, contextOf(who), { id }), 'ready');
  }

  async subnet(who: Principal, vpcId: string, overrides: Partial<CreateSubnet> = {}): Promise<SubnetView> {
    const input = { vpcId, name: 'lan', cidr: '190.0.0.0/24', ...overrides };
    return this.app.call(createSubnet, contextOf(who), input);
  }

  async readySubnet(who: Principal, vpcId: string): Promise<SubnetView> {
    const { id } = await this.subnet(who, vpcId);
    return this.until(() => this.app.call(getSubnet, contextOf(who), { id }), 'ready');
  }

  /** An input of compute's for a port of `who`. */
  portInput(who: Principal, subnetId: string, overrides: Partial<CreatePort> = {}): CreatePort {
    const { tenantId, userId } = who;
    return {
      id: randomUUID(),
      subnetId,
      name: 'web',
      instanceId: randomUUID(),
      tenantId,
      userId,
      ...overrides,
    };
  }

  port(who: Principal, subnetId: string, overrides: Partial<CreatePort> = {}): Promise<PortView> {
    return this.app.call(createPort, compute, this.portInput(who, subnetId, overrides));
  }

  async activePort(who: Principal, subnetId: string, hostId: string): Promise<PortView> {
    const { id } = await this.port(who, subnetId);
    await this.app.call(bindPort, compute, { id, hostId });
    return this.until(() => this.app.call(getPort, compute, { id }), 'active');
  }

  until<V extends { state: string }>(look: () => Promise<V>, state: string): Promise<V> {
    return eventually(async () => {
      const view = await look();
      return view.state === state ? view : undefined;
    });
  }

  /** Waits until there is no such thing (any more). */
  async untilGone(look: () => Promise<object>): Promise<void> {
    await eventually(() =>
      look().then(
        () => false,
        (error: { kind?: string }) => error.kind === 'not_found',
      ),
    );
  }

  /** What is in a host's network; read, not wanted. */
  actual(hostId: string): HostActual {
    return this.networks.host(hostId);
  }

  /** The payloads of an event that were emitted so far. */
  async emitted<P extends object>(type: EventType<P>): Promise<P[]> {
    const sql = 'SELECT payload FROM outbox WHERE subject = $1 ORDER BY seq';
    const rows: { payload: P }[] = await this.em.query(sql, [type.subject]);
    return rows.map((row) => row.payload);
  }

  /** As if its next look were due. */
  async look(hostId: string): Promise<void> {
    await this.em.query(
      `UPDATE work SET due_at = now(), wakes = wakes + 1 WHERE kind = 'host-network' AND resource_id = $1`,
      [hostId],
    );
    await this.em.query(`SELECT pg_notify('nubo_work', 'network')`);
  }

  setHostState(hostId: string, state: Host['state']): Promise<unknown> {
    return this.em.update(Host, { id: hostId }, { state });
  }

  /** used by a tenant of a kind of quota. */
  async used(who: Principal, kind: string): Promise<number> {
    const sql = 'SELECT used FROM quota.usage WHERE tenant_id = $1 AND kind = $2';
    const [row]: { used: string }[] = await this.em.query(sql, [who.tenantId, kind]);
    return Number(row?.used);
  }
}
