import { Child, Int, Ip, ListOfOneOf, Name, OneOf, Text, Time } from '../wire/fields';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { event } from '../wire/event';
import { Metadata, type MetadataMap } from '../wire/metadata';
import { operation } from '../wire/operation';
import { ById, resourceView } from '../wire/resource';

export const HOST_ROLES = ['compute', 'network'] as const;
export type HostRole = (typeof HOST_ROLES)[number];
export const HOST_STATES = ['enrolling', 'ready', 'suspect', 'down', 'error', 'deleting'] as const;
export type HostState = (typeof HOST_STATES)[number];

/** Where a network host meets the outside: routers get addresses of `range` on `interface`. */
export class HostExternal {
  @Text({ min: 1, max: 15, pattern: /^[a-zA-Z0-9._-]+$/, example: 'eth0' }) interface!: string;
  @Text({
    max: 40,
    pattern: /^[0-9.]+-[0-9.]+$/,
    message: 'range must be "first-last", e.g. 203.0.113.10-203.0.113.50',
  })
  range!: string;
  @Int(8, 30) prefix!: number;
  @Ip() gateway!: string;
}

export class EnrolHost {
  @Text({
    min: 1,
    max: 253,
    pattern: /^[a-zA-Z0-9.:-]+$/,
    message: 'address must be an IP address or a DNS name',
    example: '192.0.2.11',
  })
  address!: string;
  @Int(1, 65535, { optional: true, description: 'SSH port; default 22.' }) port?: number;
  @Text({
    min: 1,
    max: 32,
    pattern: /^[a-z_][a-z0-9_-]*$/,
    message: 'user must be a login name',
    example: 'root',
  })
  user!: string;
  @Text({ min: 1, max: 256, description: 'Used once to install the platform’s key, then forgotten.' })
  password!: string;
  @Name({ optional: true, description: 'Default: made from the address.' }) name?: string;
  @Name({ optional: true, description: 'Default: loc1.', example: 'loc1' }) location?: string;
  @ListOfOneOf(HOST_ROLES, { optional: true, description: 'Default: compute.' }) roles?: HostRole[];
  @Child(() => HostExternal, { optional: true, description: 'Needed for the role network.' })
  external?: HostExternal;
  @Metadata() metadata?: MetadataMap;
}

export class UpdateHost extends ById {
  @Name({ optional: true }) name?: string;
  @Name({ optional: true }) location?: string;
  @OneOf(['ready'], { optional: true, description: 'Try an enrolment that failed again.' }) state?: 'ready';
  @Metadata() metadata?: MetadataMap | null;
}

export class Capacity {
  @Int(0, 1e9) total!: number;
  @Int(0, 1e9) used!: number;
}

export class HostView extends resourceView(HOST_STATES) {
  @Name() location!: string;
  @ListOfOneOf(HOST_ROLES) roles!: HostRole[];
  @OneOf(['kvm', 'qemu'], {
    nullable: true,
    description: 'What really runs guests here; found out at enrolment.',
  })
  virt!: 'kvm' | 'qemu' | null;
  @Child(() => Capacity) vcpus!: Capacity;
  @Child(() => Capacity, { description: 'MiB' }) memory!: Capacity;
  @Child(() => Capacity, { description: 'GiB' }) disk!: Capacity;
  @Text({ optional: true, description: 'Administrators only.' }) address?: string;
  @Text({ optional: true, description: 'Administrators only: the pinned host key.' }) hostKey?: string;
  @Time({ nullable: true }) lastSeenAt!: string | null;
}

export interface HostEvent {
  hostId: string;
  state: HostState | 'deleted';
}

export const enrolHost = operation('compute.hosts.enrol', EnrolHost, HostView, {
  permission: 'admin',
  timeoutMs: 40_000,
});
export const listHosts = listOperation(
  'compute.hosts.list',
  HostView,
  {
    ...RESOURCE_FIELDS,
    location: 'text',
    roles: 'texts',
    virt: 'text',
    'vcpus.total': 'int',
    'vcpus.used': 'int',
    'memory.total': 'int',
    'memory.used': 'int',
    'disk.total': 'int',
    'disk.used': 'int',
    lastSeenAt: 'time',
    address: 'text',
  },
  { adminOnly: ['address'] },
);
export const getHost = operation('compute.hosts.get', ById, HostView);
export const updateHost = operation('compute.hosts.update', UpdateHost, HostView, { permission: 'admin' });
export const deleteHost = operation('compute.hosts.delete', ById, HostView, { permission: 'admin' });

/** A host became ready, went down, came back or was removed. */
export const hostChanged = event<HostEvent>('compute.host.changed', 'compute', 'network', 'pat');
