import { Id, Int, Ip, Name, OneOf } from '../wire/fields';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { ManagedBy, type Manager } from '../wire/managed';
import { Metadata, type MetadataMap } from '../wire/metadata';
import { operation } from '../wire/operation';
import { ById, Nothing, resourceView } from '../wire/resource';

export const MAPPING_STATES = ['creating', 'active', 'error', 'deleting'] as const;
export type MappingState = (typeof MAPPING_STATES)[number];
export const PROTOCOLS = ['tcp', 'udp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Leads an external port of the VPC's router to a port of an instance: name its NIC (`portId`), or the VM or container (its first NIC). */
export class CreateMapping {
  @Name({ optional: true, description: 'Default: made from protocol and port.' }) name?: string;
  @Id({ optional: true }) portId?: string;
  @Id({ optional: true }) vmId?: string;
  @Id({ optional: true }) containerId?: string;
  @OneOf(PROTOCOLS, { optional: true, description: 'Default tcp.' }) protocol?: Protocol;
  @Int(1, 65535) targetPort!: number;
  @Int(1, 65535, { optional: true, description: 'Default: a free one of the router’s range.' })
  externalPort?: number;
  @Metadata() metadata?: MetadataMap;
}

/** The id is minted by the caller, so that asking twice makes one mapping. */
export class EnsureMapping {
  @Id() id!: string;
  @Id({ description: 'Whose first NIC it leads to.' }) instanceId!: string;
  @Id({ nullable: true }) tenantId!: string | null;
  @Id({ description: 'Whose quota pays.' }) userId!: string;
  @ManagedBy() managedBy!: Manager;
  @Name() name!: string;
  @Int(1, 65535) targetPort!: number;
}

export class UpdateMapping extends ById {
  @Name({ optional: true }) name?: string;
  @Int(1, 65535, { optional: true }) targetPort?: number;
  @Metadata() metadata?: MetadataMap | null;
}

export class MappingView extends resourceView(MAPPING_STATES) {
  @Id() routerId!: string;
  @Id() portId!: string;
  @Id() instanceId!: string;
  @OneOf(PROTOCOLS) protocol!: Protocol;
  @Ip() externalIp!: string;
  @Int(1, 65535) externalPort!: number;
  @Ip({ nullable: true }) targetIp!: string | null;
  @Int(1, 65535) targetPort!: number;
  @ManagedBy({ nullable: true }) managedBy!: Manager | null;
}

export const createMapping = operation('pat.mappings.create', CreateMapping, MappingView);
export const listMappings = listOperation('pat.mappings.list', MappingView, {
  ...RESOURCE_FIELDS,
  routerId: 'uuid',
  portId: 'uuid',
  instanceId: 'uuid',
  protocol: 'text',
  externalIp: 'ip',
  externalPort: 'int',
  targetIp: 'ip',
  targetPort: 'int',
  managedBy: 'text',
});
export const getMapping = operation('pat.mappings.get', ById, MappingView);
export const updateMapping = operation('pat.mappings.update', UpdateMapping, MappingView);
export const deleteMapping = operation('pat.mappings.delete', ById, MappingView);

/** A tcp mapping that another service keeps for a user. Throws `not_found` while the instance has no port. */
export const ensureMapping = operation('pat.mappings.ensure', EnsureMapping, MappingView, {
  permission: 'service',
});
/** Harmless when the mapping is gone already. */
export const discardMapping = operation('pat.mappings.discard', ById, Nothing, { permission: 'service' });
