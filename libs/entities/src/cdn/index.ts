export * from './cdn-content.entity';
export * from './cdn-instance.entity';
export * from './cdn-key.entity';
export * from './cdn-release.entity';
export * from './cdn-traffic.entity';
export * from './distribution-project.entity';
export * from './distribution.entity';
