export * from './vpcs.contract';
export * from './subnets.contract';
export * from './ports.contract';
export * from './routers.contract';
export * from './networks.contract';
export * from './hosts.contract';
export * from './defaults.contract';
