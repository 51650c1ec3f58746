/** compute, network and pat as a distribution sees them. */
import { randomUUID } from 'node:crypto';
import {
  discardContainer,
  discardMapping,
  discardNetwork,
  discardVm,
  ensureContainer,
  ensureMapping,
  ensureNetwork,
  ensureVm,
  findContainers,
  findUser,
  findPlatformImage,
  findVms,
  notFound,
  placesOfUser,
  type ContainerView,
  type EnsureContainer,
  type EnsureMapping,
  type EnsureNetwork,
  type EnsureVm,
  type ImageView,
  type MappingView,
  type NetworkView,
  type NuboError,
  type Page,
  type PlaceView,
  type ResolvedUser,
  type ResourceView,
  type VmView,
} from '@nubo/contracts';
import type { TestApp } from '@nubo/testing';

const about = <S extends string>(
  { id, name, tenantId }: { id: string; name: string; tenantId: string | null },
  state: S,
): ResourceView<S> => {
  const now = new Date().toISOString();
  const times = { createdAt: now, updatedAt: now };
  return { id, name, tenantId, metadata: {}, version: 1, state, stateReason: null, ...times };
};

export class ServicesInMemory {
  readonly networks = new Map<string, EnsureNetwork>();
  readonly containers = new Map<string, EnsureContainer>();
  readonly vms = new Map<string, EnsureVm>();
  readonly mappings = new Map<string, EnsureMapping>();
  /** Users by tenant and name, with the locations of their instances. */
  readonly users = new Map<string, { userId: string; places: string[] }>();
  /** How often it was asked where a user is. */
  asked = 0;
  /** How often a container was asked for. */
  ensured = 0;
  /** What compute says instead of making a container. */
  refusal?: NuboError;
  /** What compute says of its platform images: nothing, as long as they are there. */
  imageless?: NuboError;
  /** Discarded containers stay for a while. */
  slow = false;

  async answer({ bus }: TestApp): Promise<void> {
    await bus.answer(ensureNetwork, (input) => this.network(input));
    await bus.answer(discardNetwork, ({ id }) => this.forget(this.networks, id));
    await bus.answer(ensureContainer, (input) => this.container(input));
    await bus.answer(discardContainer, ({ id }) => (this.slow ? {} : this.forget(this.containers, id)));
    await bus.answer(findContainers, ({ ids }) => ({
      items: ids.flatMap((id) => this.containers.get(id) ?? []).map((one) => this.viewOf(one)),
    }));
    await bus.answer(ensureVm, (input) => this.vm(input));
    await bus.answer(discardVm, ({ id }) => (this.slow ? {} : this.forget(this.vms, id)));
    await bus.answer(findVms, ({ ids }) => ({
      items: ids.flatMap((id) => this.vms.get(id) ?? []).map((one) => this.vmViewOf(one)),
    }));
    await bus.answer(findPlatformImage, ({ name, kind }) => this.image(name, kind));
    await bus.answer(ensureMapping, (input) => this.mapping(input));
    await bus.answer(findUser, ({ tenantId, user }) => this.named(tenantId, user));
    await bus.answer(placesOfUser, ({ userId }) => this.placesOf(userId));
    await bus.answer(discardMapping, ({ id }) => this.forget(this.mappings, id));
  }

  /** All that there is of a distribution, by what it is called. */
  get left(): number {
    return this.networks.size + this.containers.size + this.vms.size + this.mappings.size;
  }

  private named(tenantId: string, user: string): Page<ResolvedUser> {
    const found = this.users.get(`${tenantId} ${user}`);
    return { items: found ? [{ userId: found.userId, tenantId, email: user }] : [] };
  }

  private placesOf(userId: string): Page<PlaceView> {
    this.asked += 1;
    const found = [...this.users.values()].find((one) => one.userId === userId);
    return { items: (found?.places ?? []).map((name) => ({ name, instances: 1 })) };
  }

  private forget(all: Map<string, object>, id: string): object {
    all.delete(id);
    return {};
  }

  private network(input: EnsureNetwork): NetworkView {
    this.networks.set(input.vpcId, input);
    const { vpcId, subnetId, cidr, tenantId, managedBy } = input;
    const namespace = `nr-${vpcId.slice(0, 8)}`;
    const router = { id: vpcId, vpcId, tenantId, hostId: vpcId, namespace, externalIp: '203.0.113.7' };
    return {
      router: { ...router, cidrs: [cidr], state: 'ready' },
      subnet: {
        ...about({ ...input, id: subnetId }, 'ready'),
        ...{ vpcId, cidr, gateway: '190.0.0.1', dhcp: true, dns: [], managedBy },
      },
    };
  }

  private container(input: EnsureContainer): ContainerView {
    this.ensured += 1;
    if (this.refusal) throw this.refusal;
    this.containers.set(input.id, input);
    return this.viewOf(input);
  }

  private viewOf(input: EnsureContainer): ContainerView {
    const { location, memory, cpu, pids, managedBy, nics } = input;
    const ip = `190.0.0.${10 + [...this.containers.keys()].indexOf(input.id)}`;
    return {
      ...about(input, 'running'),
      ...{ imageId: randomUUID(), hostId: randomUUID(), location, memory, cpu, pids, managedBy },
      ...{ restart: 'always', restarts: 0, exitCode: null, startedAt: null },
      nics: nics.map(({ subnetId }) => ({ portId: randomUUID(), subnetId, ip, mac: null })),
    };
  }

  private vm(input: EnsureVm): VmView {
    this.vms.set(input.id, input);
    return this.vmViewOf(input);
  }

  private vmViewOf(input: EnsureVm): VmView {
    const { location, memory, vcpus, managedBy, nics } = input;
    const ip = `190.0.0.${10 + [...this.vms.keys()].indexOf(input.id)}`;
    return {
      ...about(input, 'running'),
      ...{ imageId: randomUUID(), machineType: null, vcpus, memory, disk: 5, sshKeys: [] },
      ...{ hostId: randomUUID(), location, managedBy },
      nics: nics.map(({ subnetId }) => ({ portId: randomUUID(), subnetId, ip, mac: null })),
    };
  }

  private image(name: string, kind: ImageView['kind']): ImageView {
    if (this.imageless) throw this.imageless;
    return {
      ...about({ id: randomUUID(), name, tenantId: null }, 'ready'),
      ...{ description: '', kind, source: 'upload', vmId: null, sha256: null, size: null },
      ...{ received: null, consistency: null, minDisk: null, public: true, progress: 100 },
    };
  }

  private mapping(input: EnsureMapping): MappingView {
    if (!this.containers.has(input.instanceId) && !this.vms.has(input.instanceId))
      throw notFound('port', input.instanceId);
    this.mappings.set(input.id, input);
    const externalPort = 4000 + [...this.mappings.keys()].indexOf(input.id);
    const { instanceId, targetPort, managedBy } = input;
    return {
      ...about(input, 'active'),
      ...{ routerId: randomUUID(), portId: randomUUID(), instanceId, protocol: 'tcp', targetPort },
      ...{ externalIp: '203.0.113.7', externalPort, targetIp: '190.0.0.10', managedBy },
    };
  }
}
