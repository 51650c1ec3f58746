export * from './audit';
export * from './audit-entry.entity';
export * from './migrations';
export * from './refusal-budget';
