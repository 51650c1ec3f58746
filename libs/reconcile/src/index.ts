export * from './reconciler';
export * from './reconcile.module';
export * from './run';
export * from './work-store';
export * from './worker';
