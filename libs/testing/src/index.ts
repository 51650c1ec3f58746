/** What tests share. Imported by tests only. */
export * from './eventually';
export * from './faults';
export * from './neighbours-in-memory';
export * from './people';
export * from './rest-routes';
export * from './reconciler-kit';
export * from './simulated-hypervisor';
export * from './test-app';
export * from './test-bus';
export * from './test-database';
export * from './truth';
export * from './who-may';
