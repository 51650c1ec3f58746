export const DISTRIBUTION_STATES = ['creating', 'updating', 'ready', 'error', 'deleting'] as const;
export type DistributionState = (typeof DISTRIBUTION_STATES)[number];
export const RUNTIMES = ['container', 'vm'] as const;
export type Runtime = (typeof RUNTIMES)[number];
/** `host`: where the content is first. `edge`: one per location. `controller`: leads to them. `client`: looks at them. */
export const INSTANCE_ROLES = ['host', 'client', 'controller', 'edge'] as const;
export type InstanceRole = (typeof INSTANCE_ROLES)[number];
export const EDGE_STATES = ['creating', 'serving', 'down'] as const;
export type EdgeState = (typeof EDGE_STATES)[number];
