export * from './accounts';
export * from './ledger.entity';
export * from './meter';
export * from './migrations';
export * from './quota';
