export * from './mapping.entity';
