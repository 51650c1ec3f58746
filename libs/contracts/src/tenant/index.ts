export * from './tenants.contract';
export * from './users.contract';
export * from './password-resets.contract';
export * from './sessions.contract';
export * from './quotas.contract';
export * from './audit.contract';
