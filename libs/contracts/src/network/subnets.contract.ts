import { Flag, Id, Ip, Name, Text, TextList } from '../wire/fields';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { ManagedBy, type Manager } from '../wire/managed';
import { Metadata, type MetadataMap } from '../wire/metadata';
import { operation } from '../wire/operation';
import { ById, resourceView } from '../wire/resource';
import { shareOperations } from '../wire/shares';
import { NETWORK_STATES } from './vpcs.contract';

export class CreateSubnet {
  @Id() vpcId!: string;
  @Name() name!: string;
  @Text({ min: 9, max: 18, example: '190.0.0.0/24', description: 'IPv4, /16 to /29.' }) cidr!: string;
  @Ip({ optional: true, description: 'The router’s address in it; default: the first.' }) gateway?: string;
  @Flag({
    optional: true,
    description: 'Default true; false: instances get their address from their seed (static).',
  })
  dhcp?: boolean;
  @TextList(3, 15, { optional: true, description: 'Name servers that DHCP tells.' }) dns?: string[];
  @Metadata() metadata?: MetadataMap;
}

export class UpdateSubnet extends ById {
  @Name({ optional: true }) name?: string;
  @Metadata() metadata?: MetadataMap | null;
}

export class SubnetView extends resourceView(NETWORK_STATES) {
  @Id() vpcId!: string;
  @Text() cidr!: string;
  @Ip() gateway!: string;
  @Flag() dhcp!: boolean;
  @TextList(3, 15) dns!: string[];
  @ManagedBy({ nullable: true }) managedBy!: Manager | null;
}

export const createSubnet = operation('network.subnets.create', CreateSubnet, SubnetView);
export const listSubnets = listOperation('network.subnets.list', SubnetView, {
  ...RESOURCE_FIELDS,
  vpcId: 'uuid',
  cidr: 'text',
  gateway: 'ip',
  dhcp: 'flag',
  dns: 'texts',
  managedBy: 'text',
});
export const getSubnet = operation('network.subnets.get', ById, SubnetView);
export const updateSubnet = operation('network.subnets.update', UpdateSubnet, SubnetView);
export const deleteSubnet = operation('network.subnets.delete', ById, SubnetView);
export const subnetShares = shareOperations('network.subnets');
