export * from './mappings.contract';
