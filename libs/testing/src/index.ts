/** What tests share. Imported by tests only. */
export * from './eventually';
export * from './people';
export * from './test-app';
export * from './test-bus';
export * from './test-database';
