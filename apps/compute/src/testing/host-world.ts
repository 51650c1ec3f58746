import { randomUUID } from 'node:crypto';
import { text } from '@nubo/config';
import {
  enrolHost,
  getHost,
  getHostUse,
  hostChanged,
  type EnrolHost,
  type HostEvent,
  type HostState,
  type HostView,
  type Principal,
} from '@nubo/contracts';
import { FLEET_SCHEMA, Host } from '@nubo/fleet';
import { newPrivateKey } from '@nubo/remote';
import {
  contextOf,
  eventually,
  someone,
  testApp,
  testDatabase,
  type TestApp,
  type TestDatabase,
} from '@nubo/testing';
import { connect, JSONCodec, type NatsConnection } from 'nats';
import { ComputeModule } from '../compute.module';
import { COMPUTE_SCHEMA } from '../compute.schema';
import { HostDriver } from '../hosts/hosts.driver';
import { GuestProbe } from '../hosts/probe.driver';
import { HostsInMemory, MachineInMemory, ProbeInMemory } from './hosts-in-memory';

/** The compute service over hosts in memory, and what it tells the others about them. */
export class HostWorld {
  readonly admin = someone('admin');
  readonly ada = someone('owner');
  readonly hosts = new HostsInMemory();
  /** Every `compute.host.changed` that was published. */
  readonly told: HostEvent[] = [];
  /** What the network service says of every host. */
  use = { routers: 0, ports: 0 };
  database!: TestDatabase;
  app!: TestApp;
  private listener!: NatsConnection;
  private number = 0;

  static async start(): Promise<HostWorld> {
    const world = new HostWorld();
    world.database = await testDatabase([COMPUTE_SCHEMA, FLEET_SCHEMA]);
    const settings = {
      NUBO_DATA_DIR: '/nonexistent',
      NUBO_SSH_KEY: newPrivateKey(),
    };
    const overrides = [
      [HostDriver, world.hosts],
      [GuestProbe, new ProbeInMemory(world.hosts)],
    ] as const;
    world.app = await testApp(ComputeModule, 'compute', { settings, overrides });
    await world.app.bus.answer(getHostUse, () => world.use);
    await world.listen();
    return world;
  }

  async stop(): Promise<void> {
    await this.listener?.close();
    await this.app?.stop();
    await this.database?.stop();
  }

  /** A machine that is well, no host enrolled, nothing told. */
  async reset(): Promise<void> {
    this.hosts.machine = new MachineInMemory();
    this.hosts.enrolments = 0;
    await this.database.em.query('DELETE FROM work');
    await this.database.em.query('DELETE FROM vms');
    await this.database.em.deleteAll(Host);
    this.told.length = 0;
    this.use = { routers: 0, ports: 0 };
  }

  enrol(change: Partial<EnrolHost> = {}, who: Principal | null = this.admin): Promise<HostView> {
    this.number += 1;
    const login = { address: `10.77.0.${this.number}`, user: 'root', password: 'right password' };
    return this.app.call(enrolHost, contextOf(who), { ...login, ...change });
  }

  async ready(change: Partial<EnrolHost> = {}): Promise<HostView> {
    return this.becomes((await this.enrol(change)).id, 'ready');
  }

  look(id: string, who: Principal = this.admin): Promise<HostView> {
    return this.app.call(getHost, contextOf(who), { id });
  }

  becomes(id: string, state: HostState): Promise<HostView> {
    return eventually(async () => {
      const host = await this.look(id);
      if (host.state === state) return host;
      throw new TypeError(`${host.state}: ${host.stateReason}`);
    });
  }

  async isGone(id: string): Promise<void> {
    await eventually(async () => !(await this.database.em.existsBy(Host, { id })));
  }

  /** No reconciler has anything left to do for the host. */
  async nothingToDo(id: string): Promise<boolean> {
    const rows: unknown[] = await this.database.em.query('SELECT 1 FROM work WHERE resource_id = $1', [id]);
    return rows.length === 0;
  }

  tells(hostId: string, state: HostEvent['state']): Promise<HostEvent> {
    return eventually(() => this.told.find((event) => event.hostId === hostId && event.state === state));
  }

  /** A row of its own that no worker knows of. */
  async row(change: Partial<Host> = {}): Promise<string> {
    const id = randomUUID();
    const own = { id, name: `h-${id.slice(0, 8)}`, userId: this.admin.userId, state: 'enrolling' as const };
    const login = { address: id, port: 22, user: 'root', hostKey: 'SHA256:first' };
    await this.database.em.insert(Host, {
      ...own,
      ...login,
      roles: ['compute'],
      location: 'loc1',
      ...change,
    });
    return id;
  }

  private async listen(): Promise<void> {
    const { host, username, password } = new URL(text('NATS_URL'));
    this.listener = await connect({ servers: host, user: username, pass: decodeURIComponent(password) });
    const codec = JSONCodec<HostEvent>();
    this.listener.subscribe(hostChanged.subject, {
      callback: (_error, message) => this.told.push(codec.decode(message.data)),
    });
    await this.listener.flush();
  }
}
