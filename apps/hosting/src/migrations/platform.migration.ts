import { sqlMigration } from '@nubo/schema';

export const PLATFORM_MIGRATION = sqlMigration('HostingPlatform1795700033000', [
  `CREATE TABLE platform (id uuid NOT NULL, CONSTRAINT platform_pk PRIMARY KEY (id))`,
  `INSERT INTO platform (id) VALUES (gen_random_uuid())`,
]);
