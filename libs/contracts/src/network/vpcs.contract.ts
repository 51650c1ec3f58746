import { Id, Ip, Name } from '../wire/fields';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { ManagedBy, type Manager } from '../wire/managed';
import { Metadata, type MetadataMap } from '../wire/metadata';
import { operation } from '../wire/operation';
import { ById, resourceView } from '../wire/resource';
import { shareOperations } from '../wire/shares';

export const NETWORK_STATES = ['creating', 'ready', 'error', 'deleting'] as const;
export type NetworkState = (typeof NETWORK_STATES)[number];

export class CreateVpc {
  @Name() name!: string;
  @Name({ optional: true, description: 'The location of its router; default: any network host.' })
  region?: string;
  @Metadata() metadata?: MetadataMap;
}

export class UpdateVpc extends ById {
  @Name({ optional: true }) name?: string;
  @Metadata() metadata?: MetadataMap | null;
}

export class VpcView extends resourceView(NETWORK_STATES) {
  @Name() region!: string;
  @Id({ nullable: true }) routerId!: string | null;
  @Ip({ nullable: true, description: 'The router’s address outside.' }) externalIp!: string | null;
  @ManagedBy({ nullable: true }) managedBy!: Manager | null;
}

export const createVpc = operation('network.vpcs.create', CreateVpc, VpcView);
export const listVpcs = listOperation('network.vpcs.list', VpcView, {
  ...RESOURCE_FIELDS,
  region: 'text',
  routerId: 'uuid',
  externalIp: 'ip',
  managedBy: 'text',
});
export const getVpc = operation('network.vpcs.get', ById, VpcView);
export const updateVpc = operation('network.vpcs.update', UpdateVpc, VpcView);
export const deleteVpc = operation('network.vpcs.delete', ById, VpcView);
export const vpcShares = shareOperations('network.vpcs');
