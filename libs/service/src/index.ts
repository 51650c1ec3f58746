export * from './bootstrap';
export * from './http-adapter';
export * from './internal-url';
export * from './service.module';
export * from './streams';
export * from './tls';
export * from './wire-error.filter';
