export * from './bootstrap';
export * from './http-adapter';
export * from './service.module';
