export * from './vocabulary';
export * from './projects.contract';
