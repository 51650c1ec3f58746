import { randomUUID } from 'node:crypto';
import {
  discardContainer,
  discardMapping,
  discardNetwork,
  ensureContainer,
  ensureMapping,
  ensureNetwork,
  findContainers,
  notFound,
  type ContainerView,
  type EnsureContainer,
  type EnsureMapping,
  type EnsureNetwork,
  type MappingView,
  type NetworkView,
  type NuboError,
  type ResourceView,
} from '@nubo/contracts';
import type { TestApp } from './test-app';

const EXTERNAL = '203.0.113.7';

/** The part of a view that all resources share. */
export function resourceView<S extends string>(
  { id, name, tenantId }: { id: string; name: string; tenantId: string | null },
  state: S,
): ResourceView<S> {
  const now = new Date().toISOString();
  const times = { createdAt: now, updatedAt: now };
  return { id, name, tenantId, metadata: {}, version: 1, state, stateReason: null, ...times };
}

/** compute, network and pat as a service sees them that keeps containers in networks of its own. */
export class NeighboursInMemory {
  readonly networks = new Map<string, EnsureNetwork>();
  readonly containers = new Map<string, EnsureContainer>();
  readonly mappings = new Map<string, EnsureMapping & { externalPort: number }>();
  /** What compute says instead of making a container. */
  refusal?: NuboError;
  private nextPort = 4_000;

  async answer({ bus }: TestApp): Promise<void> {
    await bus.answer(ensureNetwork, (input) => this.network(input));
    await bus.answer(discardNetwork, ({ id }) => this.forget(this.networks, id));
    await bus.answer(ensureContainer, (input) => this.container(input));
    await bus.answer(discardContainer, ({ id }) => this.forgetInstance(this.containers, id));
    await bus.answer(findContainers, ({ ids }) => ({
      items: ids.flatMap((id) => this.containers.get(id) ?? []).map((one) => this.viewOf(one)),
    }));
    await bus.answer(ensureMapping, (input) => this.mapping(input));
    await bus.answer(discardMapping, ({ id }) => this.forget(this.mappings, id));
  }

  /** How many things there are. */
  get left(): number {
    return this.networks.size + this.containers.size + this.mappings.size;
  }

  protected container(input: EnsureContainer): ContainerView {
    if (this.refusal) throw this.refusal;
    this.containers.set(input.id, input);
    return this.viewOf(input);
  }

  protected viewOf(input: EnsureContainer): ContainerView {
    const { location, memory, cpu, pids, managedBy, nics } = input;
    const ip = this.addressIn(this.containers, input.id);
    return {
      ...resourceView(input, 'running'),
      ...{ imageId: randomUUID(), hostId: randomUUID(), location, memory, cpu, pids, managedBy },
      ...{ restart: 'always', restarts: 0, exitCode: null, startedAt: null },
      nics: nics.map(({ subnetId }) => ({ portId: randomUUID(), subnetId, ip, mac: null })),
    };
  }

  protected addressIn(all: Map<string, object>, id: string): string {
    return `190.0.0.${10 + [...all.keys()].indexOf(id)}`;
  }

  protected hasInstance(id: string): boolean {
    return this.containers.has(id);
  }

  protected forgetInstance(all: Map<string, object>, id: string): object {
    return this.forget(all, id);
  }

  protected forget(all: Map<string, object>, id: string): object {
    all.delete(id);
    return {};
  }

  private network(input: EnsureNetwork): NetworkView {
    this.networks.set(input.vpcId, input);
    const { vpcId, subnetId, cidr, tenantId, managedBy } = input;
    const namespace = `nr-${vpcId.slice(0, 8)}`;
    const router = { id: vpcId, vpcId, tenantId, hostId: vpcId, namespace, externalIp: EXTERNAL };
    return {
      router: { ...router, cidrs: [cidr], state: 'ready' },
      subnet: {
        ...resourceView({ ...input, id: subnetId }, 'ready'),
        ...{ vpcId, cidr, gateway: '190.0.0.1', dhcp: true, dns: [], managedBy },
      },
    };
  }

  private mapping(input: EnsureMapping): MappingView {
    if (!this.hasInstance(input.instanceId)) throw notFound('port', input.instanceId);
    const known = this.mappings.get(input.id) ?? { ...input, externalPort: this.nextPort++ };
    this.mappings.set(input.id, known);
    const { instanceId, targetPort, managedBy } = input;
    return {
      ...resourceView(input, 'active'),
      ...{ routerId: randomUUID(), portId: randomUUID(), instanceId, protocol: 'tcp', targetPort },
      ...{ externalIp: EXTERNAL, externalPort: known.externalPort, targetIp: '190.0.0.10', managedBy },
    };
  }
}
