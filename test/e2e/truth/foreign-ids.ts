/** The fields of bodies that name something by its id: naming another's is as good as naming nothing. */
import type { DocumentedSchema, Route } from '../routes';
import type { Resources } from './resources';

export interface ForeignId {
  /** An id of the maker's. */
  theirs: (at: Resources) => string;
  /** A body that is good but for this id. */
  body: (id: string, at: Resources) => object;
}

const VM = { name: 'thief', memory: 128 };

/** By operation and field, as {@link idFieldsOf} finds them. */
export const FOREIGN_IDS: Record<string, ForeignId> = {
  'tenant.users.create tenantId': {
    theirs: ({ tenantId }) => tenantId,
    body: (tenantId) => ({ email: 'thief@red.test', password: 'tomatoes-and-basil', tenantId }),
  },
  'compute.vms.create imageId': {
    theirs: ({ image }) => image.id,
    body: (imageId) => ({ ...VM, imageId }),
  },
  'compute.vms.create nics.subnetId': {
    theirs: ({ subnet }) => subnet.id,
    body: (subnetId, { world }) => ({ ...VM, imageId: world.image.id, nics: [{ subnetId }] }),
  },
  'compute.containers.create imageId': {
    theirs: ({ containerImage }) => containerImage.id,
    body: (imageId) => ({ imageId }),
  },
  'compute.containers.create nics.subnetId': {
    theirs: ({ subnet }) => subnet.id,
    body: (subnetId, { containerImage }) => ({ imageId: containerImage.id, nics: [{ subnetId }] }),
  },
  'cdn.distributions.create project': {
    theirs: ({ project }) => project.id,
    body: (project, { world }) => ({
      ...{ project, locations: [world.hosts[0].location], subnet: '190.9.0.0/24' },
    }),
  },
  'network.subnets.create vpcId': {
    theirs: ({ vpc }) => vpc.id,
    body: (vpcId) => ({ vpcId, name: 'thief', cidr: '10.1.0.0/24' }),
  },
  'pat.mappings.create containerId': {
    theirs: ({ container }) => container.id,
    body: (containerId) => ({ containerId, targetPort: 80 }),
  },
  'pat.mappings.create portId': {
    theirs: ({ mapping }) => mapping.portId,
    body: (portId) => ({ portId, targetPort: 80 }),
  },
  'pat.mappings.create vmId': {
    theirs: ({ vm }) => vm.id,
    body: (vmId) => ({ vmId, targetPort: 80 }),
  },
};

/** Every field of a route's body that holds an id, or an id or a name: `<operation> nics.subnetId`. */
export function idFieldsOf({ operation, body }: Route): string[] {
  const ids = body ? namesIn(body).map((name) => `${operation} ${name}`) : [];
  const known = Object.keys(FOREIGN_IDS).filter((field) => field.startsWith(`${operation} `));
  return [...new Set([...ids, ...known])];
}

function namesIn({ format, properties = {}, items }: DocumentedSchema, prefix = ''): string[] {
  if (format === 'uuid') return [prefix];
  if (items) return namesIn(items, prefix);
  return Object.entries(properties).flatMap(([name, child]) =>
    namesIn(child, prefix === '' ? name : `${prefix}.${name}`),
  );
}
