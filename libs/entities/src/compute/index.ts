export * from './image.entity';
export * from './image-copy.entity';
export * from './machine-type.entity';
export * from './vm.entity';
export * from './vm-nic.entity';
export * from './host-leftover.entity';
export * from './platform.entity';
