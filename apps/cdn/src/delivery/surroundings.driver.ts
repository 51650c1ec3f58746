import { Injectable } from '@nestjs/common';
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
  findVms,
  serviceContext,
  type ContainerView,
  type MappingView,
  type NetworkView,
  type RequestContext,
  type VmView,
} from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import type { CdnInstance, Distribution } from '../../../../libs/entities/src/cdn';
import { INSTANCE_IMAGE } from '../distributions/distributions.rules';

/** The image is a root file system: it names no program of its own. */
const CONTAINER = { command: ['/sbin/nubo-edge'], memory: 64, cpu: 100, pids: 64 };
const VM = { vcpus: 1, memory: 256 };
const CONTENT_PORT = 80;

/** What compute says of an instance. */
export type Guest = Pick<ContainerView | VmView, 'id' | 'state' | 'stateReason' | 'nics'>;

/** What other services make for a distribution, under ids that are minted here: asking twice makes one. */
@Injectable()
export class Surroundings {
  constructor(private readonly bus: Bus) {}

  network({ id, tenantId, userId, ...row }: Distribution, region: string): Promise<NetworkView> {
    const { vpcId, subnetId, name, subnet: cidr } = row;
    const wanted = { vpcId, subnetId, tenantId, userId, managedBy: 'cdn' as const, name, region, cidr };
    return this.bus.call(ensureNetwork, context(id), wanted);
  }

  guest(row: Distribution, instance: CdnInstance): Promise<Guest> {
    const ctx = context(row.id);
    const { id, location } = instance;
    const { tenantId, userId, subnetId } = row;
    const who = { tenantId, userId, managedBy: 'cdn' as const };
    const base = {
      id,
      ...who,
      name: nameOf(row, instance),
      platformImage: INSTANCE_IMAGE,
      location,
      nics: [{ subnetId }],
    };
    const env = environmentOf(row, instance);
    return row.runtime === 'container'
      ? this.bus.call(ensureContainer, ctx, { ...base, ...CONTAINER, env })
      : this.bus.call(ensureVm, ctx, { ...base, ...VM, userData: userDataOf(env) });
  }

  mapping(row: Distribution, { id: instanceId, ...instance }: CdnInstance): Promise<MappingView> {
    const { tenantId, userId } = row;
    const who = { tenantId, userId, managedBy: 'cdn' as const };
    const name = nameOf(row, { id: instanceId, ...instance });
    const id = instance.mappingId ?? '';
    return this.bus.call(ensureMapping, context(row.id), {
      ...{ id, instanceId, ...who, name },
      targetPort: CONTENT_PORT,
    });
  }

  /** Those of the ids that compute still knows. */
  async there({ id, runtime }: Distribution, ids: string[]): Promise<Set<string>> {
    const ctx = context(id);
    const { items } =
      runtime === 'container'
        ? await this.bus.call(findContainers, ctx, { ids })
        : await this.bus.call(findVms, ctx, { ids });
    return new Set(items.map((item) => item.id));
  }

  async discard({ id, runtime }: Distribution, instance: CdnInstance): Promise<void> {
    const ctx = context(id);
    if (instance.mappingId) await this.bus.call(discardMapping, ctx, { id: instance.mappingId });
    await this.bus.call(runtime === 'container' ? discardContainer : discardVm, ctx, { id: instance.id });
  }

  async discardNetwork({ id, vpcId }: Distribution): Promise<void> {
    await this.bus.call(discardNetwork, context(id), { id: vpcId });
  }
}

const context = (id: string): RequestContext => serviceContext('cdn', `distribution-${id}`);

/** RFC 1123: 63 characters at most. */
function nameOf({ customerId }: Distribution, { role, location }: CdnInstance): string {
  const what = role === 'edge' ? location : role;
  return `cdn-${customerId.slice(0, 8)}-${what}`.slice(0, 63).replace(/-+$/, '');
}

function environmentOf({ customerId }: Distribution, { role, location, token }: CdnInstance) {
  return { NUBO_ROLE: role, NUBO_LOCATION: location, NUBO_CUSTOMER: customerId, NUBO_TOKEN: token };
}

/** The values are ours: no quotes, no line breaks. */
function userDataOf(env: Record<string, string>): string {
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return `#!/bin/sh\ncat >/etc/nubo-edge.env <<'END'\n${lines.join('\n')}\nEND\n`;
}
