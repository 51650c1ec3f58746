import { randomUUID } from 'node:crypto';
import {
  bindPort,
  checkNic,
  conflict,
  createPort,
  deletePort,
  ensureDefaultNetwork,
  notFound,
  Nothing,
  portActive,
  portDeleted,
  sharePorts,
  type BindPort,
  type CheckNic,
  type CreatePort,
  type DefaultNetworkView,
  type EnsureDefaultNetwork,
  type PortGrant,
  type PortView,
} from '@nubo/contracts';
import type { TestBus } from '@nubo/testing';

const SOON_MS = 5;

/** The network service's ports, in memory, on the test's bus. */
export class FakeNetwork {
  readonly subnets = new Set<string>();
  /** The default subnet of each user. */
  readonly defaults = new Map<string, string>();
  readonly ports = new Map<string, PortView>();
  /** port id → who has access to it, as compute told last. */
  readonly grants = new Map<string, PortGrant[]>();
  /** Addresses that are taken by others. */
  readonly taken = new Set<string>();
  /** `soon`: shortly after it was bound, with the event that tells so. */
  activates: 'soon' | 'when-told' = 'soon';
  dhcp = true;
  private bus?: TestBus;

  async join(bus: TestBus): Promise<void> {
    this.bus = bus;
    await bus.answer(checkNic, (input) => this.check(input));
    await bus.answer(ensureDefaultNetwork, (input) => this.defaultOf(input));
    await bus.answer(createPort, (input) => this.create(input));
    await bus.answer(bindPort, (input) => this.bind(input));
    await bus.answer(sharePorts, ({ instanceId, grants }) => {
      const ports = this.portsOf(instanceId);
      for (const { id } of ports) this.grants.set(id, grants);
      return { ports: ports.length };
    });
    await bus.answer(deletePort, ({ id }) => {
      this.ports.delete(id);
      return new Nothing();
    });
  }

  portsOf(instanceId: string): PortView[] {
    return [...this.ports.values()].filter((port) => port.instanceId === instanceId);
  }

  /** The host of an instance's ports is programmed: the event goes out. */
  async activate(bus: TestBus, instanceId: string): Promise<void> {
    for (const port of this.portsOf(instanceId)) await this.activatePort(bus, port);
  }

  /** The owner of the network of one of an instance's ports goes, and so do the port and the network. */
  async takeAway(portId: string, told = true): Promise<void> {
    const port = this.ports.get(portId);
    if (!port) throw new TypeError(`there is no port ${portId}`);
    this.subnets.delete(port.subnetId);
    this.ports.delete(portId);
    if (told) await this.tellOfDeletion(port);
  }

  async tellOfDeletion({ id: portId, instanceId, vpcId }: PortView): Promise<void> {
    await this.bus?.publish(portDeleted, { portId, instanceId, vpcId });
  }

  private soon(port: PortView): void {
    if (this.bus) this.activatePort(this.bus, port).catch(() => undefined);
  }

  private async activatePort(bus: TestBus, port: PortView): Promise<void> {
    port.state = 'active';
    const { id: portId, instanceId, vpcId } = port;
    await bus.publish(portActive, { portId, instanceId, vpcId });
  }

  private check({ subnetId, ip }: CheckNic): Nothing {
    if (!this.subnets.has(subnetId)) throw notFound('subnet', subnetId);
    if (ip && this.taken.has(ip)) throw conflict('address_taken', `${ip} is taken.`);
    return new Nothing();
  }

  private defaultOf({ userId }: EnsureDefaultNetwork): DefaultNetworkView {
    const subnetId = this.defaults.get(userId) ?? randomUUID();
    this.defaults.set(userId, subnetId);
    this.subnets.add(subnetId);
    return { vpcId: subnetId, subnetId };
  }

  private create(input: CreatePort): PortView {
    this.check(input);
    const known = this.ports.get(input.id);
    const port = known ?? newPort(input, this.ports.size, this.dhcp);
    this.ports.set(port.id, port);
    return port;
  }

  private bind({ id, hostId }: BindPort): PortView {
    const port = this.ports.get(id);
    if (!port) throw notFound('port', id);
    if (this.activates === 'soon') setTimeout(() => this.soon(port), SOON_MS);
    return Object.assign(port, { hostId, state: 'binding' as const });
  }
}

function newPort(input: CreatePort, number: number, dhcp: boolean): PortView {
  const { id, name, tenantId, subnetId, instanceId } = input;
  const now = '2026-01-01T00:00:00.000Z';
  const octet = (10 + (number % 200)).toString();
  const suffix = (number % 256).toString(16).padStart(2, '0');
  return {
    ...{ id, name, tenantId, subnetId, instanceId, dhcp, hostId: null, vpcId: subnetId },
    ...{ metadata: {}, version: 1, state: 'unbound', stateReason: null, createdAt: now, updatedAt: now },
    ...{ ip: input.ip ?? `190.0.0.${octet}`, prefix: 24, gateway: '190.0.0.1', dns: ['190.0.0.1'] },
    ...{ mac: `52:54:00:00:00:${suffix}`, mtu: 1450, bridge: 'nb1001', device: `np${id.slice(0, 8)}` },
  };
}
