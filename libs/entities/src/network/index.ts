export * from './address.entity';
export * from './port.entity';
export * from './subnet.entity';
export * from './vpc.entity';
