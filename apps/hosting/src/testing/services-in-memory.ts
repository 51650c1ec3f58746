/** compute, network, pat, hosts and programs as a project sees them. */
import { randomUUID } from 'node:crypto';
import {
  discardContainer,
  discardMapping,
  discardNetwork,
  ensureContainer,
  ensureMapping,
  ensureNetwork,
  findContainers,
  knownLocations,
  notFound,
  tailContainer,
  type ContainerView,
  type EnsureContainer,
  type EnsureMapping,
  type EnsureNetwork,
  type MappingView,
  type NetworkView,
  type NuboError,
  type ResourceView,
} from '@nubo/contracts';
import type { TestApp } from '@nubo/testing';
import type { HostContent } from '../../../../libs/entities/src/hosting';
import type { Endpoint } from '../runners/runner';

const ADDRESS = '203.0.113.7';
const HOST = randomUUID();

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
  readonly mappings = new Map<string, EnsureMapping & { port: number }>();
  /** Folders of contents on hosts, `<project>/<revision>`. */
  readonly laid = new Set<string>();
  /** Releases whose program ends at once, and what it writes. */
  readonly crashing = new Map<string, string>();
  /** Containers that answer 500. */
  readonly ill = new Set<string>();
  /** What compute says instead of making a container. */
  refusal?: NuboError;
  private lastPort = 4_000;

  async answer({ bus }: TestApp): Promise<void> {
    await bus.answer(knownLocations, () => ({ items: [{ name: 'loc1', hosts: 1 }] }));
    await bus.answer(ensureNetwork, (input) => this.network(input));
    await bus.answer(discardNetwork, ({ id }) => this.forget(this.networks, id));
    await bus.answer(ensureContainer, (input) => this.container(input));
    await bus.answer(discardContainer, ({ id }) => this.forget(this.containers, id));
    await bus.answer(findContainers, ({ ids }) => ({
      items: ids.flatMap((id) => this.containers.get(id) ?? []).map((one) => this.viewOf(one)),
    }));
    await bus.answer(ensureMapping, (input) => this.mapping(input));
    await bus.answer(discardMapping, ({ id }) => this.forget(this.mappings, id));
    await bus.answer(tailContainer, ({ id }) => ({
      text: this.crashing.get(this.releaseOf(id)) ?? 'listening\n',
    }));
  }

  /** All that there is, of any project. */
  get left(): number {
    return this.networks.size + this.containers.size + this.mappings.size + this.laid.size;
  }

  /** Those of a project by its name. */
  of(project: string): EnsureContainer[] {
    return [...this.containers.values()].filter(({ metadata }) => metadata?.project === project);
  }

  // As the driver of contents.
  place({ projectId, revisionId }: HostContent): Promise<void> {
    this.laid.add(`${projectId}/${revisionId}`);
    return Promise.resolve();
  }

  remove({ projectId, revisionId }: HostContent): Promise<boolean> {
    this.laid.delete(`${projectId}/${revisionId}`);
    return Promise.resolve(true);
  }

  // As the driver that asks programs.
  ask({ port }: Endpoint): Promise<string | null> {
    const mapping = [...this.mappings.values()].find((one) => one.port === port);
    if (!mapping || !this.containers.has(mapping.instanceId)) return Promise.resolve('it does not answer');
    return Promise.resolve(this.ill.has(mapping.instanceId) ? 'it answers 500 to GET /' : null);
  }

  private releaseOf(id: string): string {
    return this.containers.get(id)?.metadata?.release ?? '';
  }

  private forget(all: Map<string, object>, id: string): object {
    all.delete(id);
    return {};
  }

  private network(input: EnsureNetwork): NetworkView {
    this.networks.set(input.vpcId, input);
    const { vpcId, subnetId, cidr, tenantId, managedBy } = input;
    const router = { id: vpcId, vpcId, tenantId, hostId: HOST, namespace: 'nr', externalIp: ADDRESS };
    return {
      router: { ...router, cidrs: [cidr], state: 'ready' },
      subnet: {
        ...about({ ...input, id: subnetId }, 'ready'),
        ...{ vpcId, cidr, gateway: '10.96.0.1', dhcp: true, dns: [], managedBy },
      },
    };
  }

  private container(input: EnsureContainer): ContainerView {
    if (this.refusal) throw this.refusal;
    this.containers.set(input.id, input);
    return this.viewOf(input);
  }

  private viewOf(input: EnsureContainer): ContainerView {
    const { location, memory, cpu, pids, managedBy, nics, content = '' } = input;
    const hasEnded = this.crashing.has(this.releaseOf(input.id)) && this.laid.has(content);
    const state = hasEnded ? 'starting' : this.laid.has(content) ? 'running' : 'creating';
    return {
      ...about(input, state),
      ...{ imageId: randomUUID(), hostId: HOST, location, memory, cpu, pids, managedBy },
      ...{ restart: 'always', restarts: hasEnded ? 1 : 0, exitCode: hasEnded ? 1 : null, startedAt: null },
      nics: nics.map(({ subnetId }) => ({ portId: randomUUID(), subnetId, ip: '10.96.0.10', mac: null })),
    };
  }

  private mapping(input: EnsureMapping): MappingView {
    if (!this.containers.has(input.instanceId)) throw notFound('port', input.instanceId);
    const known = this.mappings.get(input.id) ?? { ...input, port: (this.lastPort += 1) };
    this.mappings.set(input.id, known);
    const { instanceId, targetPort, managedBy } = input;
    return {
      ...about(input, 'active'),
      ...{ routerId: randomUUID(), portId: randomUUID(), instanceId, protocol: 'tcp', targetPort },
      ...{ externalIp: ADDRESS, externalPort: known.port, targetIp: '10.96.0.10', managedBy },
    };
  }
}
