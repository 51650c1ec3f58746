export * from './fences';
export * from './fleet';
export * from './fleet.module';
export * from './host.entity';
export * from './hosts-access';
export * from './migrations';
export * from './public-reason';
