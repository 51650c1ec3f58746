export * from './ledger.entity';
export * from './migrations';
export * from './quota';
