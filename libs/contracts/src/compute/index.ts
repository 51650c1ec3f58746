export * from './hosts.contract';
export * from './images.contract';
export * from './vms.contract';
