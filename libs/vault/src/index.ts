export * from './keyring';
export * from './resealing.service';
export * from './vault';
export * from './vault.module';
