import { Id } from '../wire/fields';
import { operation } from '../wire/operation';

/** Whose default network: theirs to change, and theirs to pay. */
export class EnsureDefaultNetwork {
  @Id({ nullable: true }) tenantId!: string | null;
  @Id() userId!: string;
}

export class DefaultNetworkView {
  @Id() vpcId!: string;
  @Id() subnetId!: string;
}

/** A user's default network, made where there is none (any more). However often and at once it is asked for, there is one. */
export const ensureDefaultNetwork = operation(
  'network.defaults.ensure',
  EnsureDefaultNetwork,
  DefaultNetworkView,
  { permission: 'service' },
);
