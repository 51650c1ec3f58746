export * from './vocabulary';
export * from './distributions.contract';
export * from './releases.contract';
export * from './traffic.contract';
