export * from './shared-noun';
export * from './shares.handler';
export * from './shares.module';
export * from './shares.service';
