import { sqlMigration } from '@nubo/schema';

export const IMAGES_MIGRATION = sqlMigration('Images1795390000001', [
  `CREATE TABLE images (id uuid NOT NULL, name text NOT NULL, tenant_id uuid, user_id text NOT NULL, metadata jsonb NOT NULL DEFAULT '{}', version integer NOT NULL DEFAULT '1', state text NOT NULL, state_reason text, generation integer NOT NULL DEFAULT '1', observed_generation integer NOT NULL DEFAULT '0', created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), description text NOT NULL DEFAULT '', url text NOT NULL, sha256 text, file_sha256 text, size bigint, min_disk integer, public boolean NOT NULL DEFAULT false, progress integer NOT NULL DEFAULT '0', CONSTRAINT images_pk PRIMARY KEY (id))`,
  `CREATE TABLE image_copies (id uuid NOT NULL, image_id uuid NOT NULL, host_id uuid NOT NULL, state text NOT NULL, state_reason text, CONSTRAINT image_copies_pk PRIMARY KEY (id))`,
  `CREATE UNIQUE INDEX image_copies_place ON image_copies (image_id, host_id)`,
]);
