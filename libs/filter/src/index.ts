export * from './parse';
export * from './term';
