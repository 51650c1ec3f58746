import { Injectable } from '@nestjs/common';
import {
  discardContainer,
  discardMapping,
  discardNetwork,
  ensureContainer,
  ensureMapping,
  ensureNetwork,
  findContainers,
  knownLocations,
  serviceContext,
  tailContainer,
  unavailable,
  type ContainerView,
  type MappingView,
  type RequestContext,
} from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import type { ProjectNetwork, Replica } from '../../../../../libs/entities/src/hosting';
import type { Revision, RunProject } from '../runner';
import { contentOf, imageOf, PROGRAM_PORT, replicaName } from './nubo.rules';

const MANAGED_BY = 'hosting' as const;
/** Projects do not meet: all have the same addresses. */
const CIDR = '10.96.0.0/24';
/** The image is a root file system: it names no program of its own. */
const COMMAND = ['/sbin/nubo-run'];
const LIMITS = { cpu: 100, pids: 256 };

/** What other services make for a project, under ids that are minted here: asking twice makes one. */
@Injectable()
export class Surroundings {
  constructor(private readonly bus: Bus) {}

  /** Where a new project goes: the location with the most hosts. Throws `unavailable` when there is none. */
  async location(projectId: string): Promise<string> {
    const { items } = await this.bus.call(knownLocations, context(projectId), {});
    const [most] = items.toSorted((a, b) => b.hosts - a.hosts);
    if (most && most.hosts > 0) return most.name;
    throw unavailable('no_host', 'There is no host yet that runs containers.');
  }

  async network({ id, name, tenantId, userId }: RunProject, place: ProjectNetwork): Promise<void> {
    const { vpcId, subnetId, location: region } = place;
    const wanted = { vpcId, subnetId, tenantId, userId, managedBy: MANAGED_BY, region, cidr: CIDR };
    await this.bus.call(ensureNetwork, context(id), { ...wanted, name: `site-${name}`.slice(0, 63) });
  }

  container(revision: Revision, replica: Replica, place: ProjectNetwork): Promise<ContainerView> {
    const { project, memory, env } = revision;
    const { tenantId, userId } = project;
    return this.bus.call(ensureContainer, context(project.id), {
      ...{ id: replica.id, tenantId, userId, managedBy: MANAGED_BY, memory, ...LIMITS },
      name: replicaName(revision, replica),
      platformImage: imageOf(revision),
      command: COMMAND,
      env: { ...env, PORT: String(PROGRAM_PORT) },
      location: place.location,
      nics: [{ subnetId: place.subnetId }],
      readOnly: true,
      content: contentOf(project.id, revision.id),
      metadata: { project: project.name, release: String(revision.release) },
    });
  }

  mapping(revision: Revision, { id: instanceId, mappingId: id, number }: Replica): Promise<MappingView> {
    const { tenantId, userId, id: projectId } = revision.project;
    const who = { tenantId, userId, managedBy: MANAGED_BY };
    const name = replicaName(revision, { number });
    const wanted = { id, instanceId, ...who, name, targetPort: PROGRAM_PORT };
    return this.bus.call(ensureMapping, context(projectId), wanted);
  }

  /** Those of the replicas that compute still knows. */
  async there(projectId: string, replicas: Replica[]): Promise<Set<string>> {
    const ids = replicas.map(({ id }) => id);
    const { items } = await this.bus.call(findContainers, context(projectId), { ids });
    return new Set(items.map(({ id }) => id));
  }

  async discard({ id, mappingId, projectId }: Replica): Promise<void> {
    await this.bus.call(discardMapping, context(projectId), { id: mappingId });
    await this.bus.call(discardContainer, context(projectId), { id });
  }

  async discardNetwork({ projectId, vpcId }: ProjectNetwork): Promise<void> {
    await this.bus.call(discardNetwork, context(projectId), { id: vpcId });
  }

  async output({ id, projectId }: Replica, lines: number): Promise<string> {
    return (await this.bus.call(tailContainer, context(projectId), { id, lines })).text;
  }
}

const context = (id: string): RequestContext => serviceContext('hosting', `project-${id}`);
