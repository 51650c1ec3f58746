import { sqlMigration } from '@nubo/schema';

/** A snapshot whose disk is here must not look for it on the host again. */
export const SNAPSHOTS_MIGRATION = sqlMigration('Snapshots1795490005002', [
  `ALTER TABLE snapshots ADD delivered boolean NOT NULL DEFAULT false`,
]);
