import { sqlMigration } from '@nubo/schema';

/** What is left of those who have gone, for the VMs of others. */
export const BASE_FILES_MIGRATION = sqlMigration('BaseFiles1795600001001', [
  `ALTER TABLE vms ADD redefine boolean NOT NULL DEFAULT false`,
  `CREATE TABLE base_files (
    image_id uuid CONSTRAINT base_files_pk PRIMARY KEY,
    file_sha256 text NOT NULL,
    size bigint NOT NULL
  )`,
]);
