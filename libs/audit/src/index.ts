export * from './audit';
export * from './audit-entry.entity';
export * from './migrations';
