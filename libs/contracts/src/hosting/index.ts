export * from './vocabulary';
export * from './projects.contract';
export * from './domains.contract';
export * from './publication.contract';
export * from './releases.contract';
export * from './sftp.contract';
