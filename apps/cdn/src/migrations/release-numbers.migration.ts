import { sqlMigration } from '@nubo/schema';

export const RELEASE_NUMBERS_MIGRATION = sqlMigration('ReleaseNumbers1795600006003', [
  `ALTER TABLE distributions ADD last_release integer NOT NULL DEFAULT '0'`,
]);
