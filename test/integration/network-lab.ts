// A network service with lab hosts, and stand-ins for guests: namespaces behind the devices that guests would have.
import { randomUUID } from 'node:crypto';
import {
  bindPort,
  createPort,
  createSubnet,
  createVpc,
  getPort,
  getSubnet,
  getVpc,
  hostChanged,
  serviceContext,
  type CreateSubnet,
  type HostRole,
  type PortView,
  type Principal,
  type SubnetView,
  type VpcView,
} from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { Database } from '@nubo/persistence';
import { openAccount } from '@nubo/quota';
import { enrol, newPrivateKey } from '@nubo/remote';
import { contextOf, eventually, testApp, testDatabase, type TestApp, type TestDatabase } from '@nubo/testing';
import type { EntityManager } from 'typeorm';
import { NetworkModule } from '../../apps/network/src/network.module';
import { Lab } from '../../lab';

/** Other test files of a lab have routers, too: these addresses are this file's. */
const RANGE = '10.77.0.160-10.77.0.167';
export const compute = serviceContext('compute', randomUUID());

export interface Guest {
  port: PortView;
  host: string;
  namespace: string;
}

export class NetworkLab {
  readonly hostIds = new Map<string, string>();
  private readonly guests: Guest[] = [];

  private constructor(
    readonly lab: Lab,
    readonly database: TestDatabase,
    readonly app: TestApp,
  ) {}

  /** The service, with these hosts enrolled; those in `routers` are network hosts. */
  static async start(hosts: string[], routers: string[]): Promise<NetworkLab> {
    const lab = await Lab.attach();
    const privateKey = newPrivateKey();
    const database = await testDatabase();
    const app = await testApp(NetworkModule, 'network', { settings: { NUBO_SSH_KEY: privateKey } });
    const made = new NetworkLab(lab, database, app);
    await Promise.all([
      ...hosts.map((name) => made.addHost(name, privateKey, ['compute'])),
      ...routers.map((name) => made.addHost(name, privateKey, ['network'])),
    ]);
    return made;
  }

  get em(): EntityManager {
    return this.app.get(Database).manager;
  }

  hostId(name: string): string {
    return this.hostIds.get(name) ?? '';
  }

  private async addHost(name: string, privateKey: string, roles: HostRole[]): Promise<void> {
    await this.lab.startHosts([name], { libvirt: false, roles });
    const { address, user, password, location } = this.lab.host(name);
    const { hostKey } = await eventually(() => enrol({ address, user, password, privateKey }));
    const id = randomUUID();
    const { interface: device, gateway } = this.lab.external;
    const external = { interface: device, range: RANGE, prefix: 24, gateway };
    this.hostIds.set(name, id);
    await this.em.insert(Host, {
      id,
      name,
      userId: randomUUID(),
      state: 'ready',
      address,
      user,
      hostKey,
      roles,
      location,
      underlayAddress: address,
      external: roles.includes('network') ? external : null,
    });
    await this.app.bus.publish(hostChanged, { hostId: id, state: 'ready' });
  }

  /** Settled, as `?wait` would hold it. */
  async vpc(who: Principal, name: string): Promise<VpcView> {
    const ctx = contextOf(who);
    if (who.tenantId) await openAccount(this.em, who.tenantId);
    const { id } = await this.app.call(createVpc, ctx, { name });
    return eventually(async () => {
      const vpc = await this.app.call(getVpc, ctx, { id });
      return vpc.state === 'ready' ? vpc : undefined;
    });
  }

  async subnet(who: Principal, input: CreateSubnet): Promise<SubnetView> {
    const ctx = contextOf(who);
    const { id } = await this.app.call(createSubnet, ctx, input);
    return eventually(async () => {
      const subnet = await this.app.call(getSubnet, ctx, { id });
      return subnet.state === 'ready' ? subnet : undefined;
    });
  }

  /** As compute does it: make, bind, wait until active. */
  async port(who: Principal, subnetId: string, host: string, ip?: string): Promise<PortView> {
    const id = randomUUID();
    const { tenantId, userId } = who;
    const named = { id, subnetId, name: `vm-${id.slice(0, 4)}`, instanceId: randomUUID(), tenantId, userId };
    await this.app.call(createPort, compute, ip ? { ...named, ip } : named);
    await this.app.call(bindPort, compute, { id, hostId: this.hostId(host) });
    return this.activePort(id);
  }

  activePort(id: string): Promise<PortView> {
    return eventually(
      async () => {
        const port = await this.app.call(getPort, compute, { id });
        return port.state === 'active' ? port : undefined;
      },
      { everyMs: 10 },
    );
  }

  /** Runs a line of shell on a host and answers what it says, failing or not. */
  async on(host: string, line: string): Promise<string> {
    const { stdout, stderr } = await this.lab.execOnHost(host, line);
    return stdout + stderr;
  }

  /** A namespace with a card that has the port's MAC, behind the port's device. It has no address yet. */
  async plug(port: PortView, host: string): Promise<Guest> {
    const namespace = `vm-${port.device}`;
    await this.on(
      host,
      `set -e; ip netns add ${namespace}
       ip link add ${port.device} type veth peer name eth0 netns ${namespace}
       ip -n ${namespace} link set eth0 address ${port.mac} mtu ${port.mtu} up; ip -n ${namespace} link set lo up
       ip link set ${port.device} mtu ${port.mtu} master ${port.bridge} up`,
    );
    const guest = { port, host, namespace };
    this.guests.push(guest);
    return guest;
  }

  /** As `plug`, with the port's address set by hand. */
  async guest(port: PortView, host: string): Promise<Guest> {
    const guest = await this.plug(port, host);
    await this.inside(guest, `ip addr add ${port.ip}/${port.prefix} dev eth0`);
    await this.inside(guest, `ip route add default via ${port.gateway}`);
    return guest;
  }

  inside({ host, namespace }: Guest, line: string): Promise<string> {
    const quoted = line.replaceAll("'", `'\\''`);
    return this.on(host, `nsenter --net=/run/netns/${namespace} sh -c '${quoted}'`);
  }

  /** Whether `address` answers a ping from the guest, asked `times` times within a second each. */
  async pings(guest: Guest, address: string, options = ''): Promise<boolean> {
    const said = await this.inside(guest, `ping -c 1 -W 1 ${options} ${address} >/dev/null 2>&1; echo $?`);
    return said.trim() === '0';
  }

  /** What DHCP tells the guest, as `name=value` lines of udhcpc's environment. */
  async askDhcp(guest: Guest): Promise<string> {
    const script = `/tmp/udhcpc-${guest.namespace}`;
    await this.on(
      guest.host,
      `printf '#!/bin/sh\\n[ "$1" = bound ] && env\\nexit 0\\n' > ${script}; chmod +x ${script}`,
    );
    return this.inside(guest, `busybox udhcpc -i eth0 -n -q -f -t 5 -T 1 -O mtu -s ${script} 2>&1`);
  }

  /** Whether a TCP connection from the guest is accepted within 2 s. */
  async connects(guest: Guest, address: string, port: number): Promise<boolean> {
    const line = `timeout 2 bash -c ": < /dev/tcp/${address}/${port}" 2>/dev/null; echo $?`;
    return (await this.inside(guest, line)).trim() === '0';
  }

  async unplug(guest: Guest): Promise<void> {
    await this.on(guest.host, `ip link del ${guest.port.device}; ip netns del ${guest.namespace}`);
    this.guests.splice(this.guests.indexOf(guest), 1);
  }

  async stop(): Promise<void> {
    for (const guest of [...this.guests]) await this.unplug(guest).catch(() => undefined);
    await this.app.stop();
    await this.database.stop();
    await Promise.all([...this.hostIds.keys()].map((name) => this.lab.powerOff(name)));
  }
}
