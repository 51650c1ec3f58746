export * from './hosts.contract';
export * from './images.contract';
export * from './machine-types.contract';
export * from './snapshots.contract';
export * from './vms.contract';
export * from './vm-timeline.contract';
export * from './vm-usage.contract';
