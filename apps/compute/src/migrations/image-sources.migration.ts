import { sqlMigration } from '@nubo/schema';

/** Images come by upload and from VMs, too. */
export const IMAGE_SOURCES_MIGRATION = sqlMigration('ImageSources1795490005001', [
  `ALTER TABLE images ALTER COLUMN url DROP NOT NULL`,
  `ALTER TABLE images ADD source text NOT NULL DEFAULT 'url'`,
  `ALTER TABLE images ADD upload_size bigint`,
  `ALTER TABLE images ADD received bigint`,
  `ALTER TABLE images ADD writer uuid`,
  `ALTER TABLE images ADD writer_until TIMESTAMP WITH TIME ZONE`,
  `ALTER TABLE images ADD vm_id uuid`,
  `ALTER TABLE images ADD consistency text`,
  `ALTER TABLE vms ADD held_by uuid`,
  `ALTER TABLE vms ADD hold text`,
  `CREATE TABLE upload_tickets (hash text NOT NULL, image_id uuid NOT NULL, user_id text NOT NULL, position bigint NOT NULL, expires_at TIMESTAMP WITH TIME ZONE NOT NULL, CONSTRAINT upload_tickets_pk PRIMARY KEY (hash))`,
  `CREATE TABLE snapshots (image_id uuid NOT NULL, vm_id uuid NOT NULL, host_id uuid NOT NULL, base_image_id uuid NOT NULL, quiesce boolean NOT NULL, copied boolean NOT NULL DEFAULT false, CONSTRAINT snapshots_pk PRIMARY KEY (image_id))`,
]);
