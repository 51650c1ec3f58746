import { Child, Id, Name, Text } from '../wire/fields';
import { operation } from '../wire/operation';
import { ById, Nothing } from '../wire/resource';
import { ManagedBy, type Manager } from '../wire/managed';
import { RouterView } from './routers.contract';
import { SubnetView } from './subnets.contract';

/** The ids are minted by the caller, so that asking twice makes one network. */
export class EnsureNetwork {
  @Id() vpcId!: string;
  @Id() subnetId!: string;
  @Id({ nullable: true }) tenantId!: string | null;
  @Id({ description: 'Whose quota pays.' }) userId!: string;
  @ManagedBy() managedBy!: Manager;
  @Name() name!: string;
  @Name({ optional: true, description: 'The location of its router, where there is one.' }) region?: string;
  @Text({ max: 18 }) cidr!: string;
}

export class NetworkView {
  @Child(() => RouterView) router!: RouterView;
  @Child(() => SubnetView) subnet!: SubnetView;
}

/** A VPC with one subnet that another service keeps for a user. Throws what a person would be told: a bad cidr, no quota. */
export const ensureNetwork = operation('network.networks.ensure', EnsureNetwork, NetworkView, {
  permission: 'service',
});
/** The VPC and its subnets go once their ports are gone. Harmless when they are. */
export const discardNetwork = operation('network.networks.discard', ById, Nothing, { permission: 'service' });
