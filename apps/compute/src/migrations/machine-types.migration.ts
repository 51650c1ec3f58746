import { sqlMigration } from '@nubo/schema';

const SEED = `INSERT INTO machine_types (id, name, user_id, state, vcpus, memory_mib, disk_gib, description) VALUES
  (gen_random_uuid(), 'small', 'platform', 'ready', 1, 512, NULL, '1 vCPU, 512 MiB, the disk of the image'),
  (gen_random_uuid(), 'medium', 'platform', 'ready', 2, 2048, 20, '2 vCPUs, 2 GiB, 20 GiB of disk'),
  (gen_random_uuid(), 'large', 'platform', 'ready', 4, 8192, 40, '4 vCPUs, 8 GiB, 40 GiB of disk')`;

export const MACHINE_TYPES_MIGRATION = sqlMigration('MachineTypes1795490006001', [
  `CREATE TABLE machine_types (id uuid NOT NULL, name text NOT NULL, tenant_id uuid, user_id text NOT NULL, metadata jsonb NOT NULL DEFAULT '{}', version integer NOT NULL DEFAULT '1', state text NOT NULL, state_reason text, generation integer NOT NULL DEFAULT '1', observed_generation integer NOT NULL DEFAULT '0', created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), vcpus integer NOT NULL, memory_mib integer NOT NULL, disk_gib integer, description text NOT NULL DEFAULT '', CONSTRAINT machine_types_pk PRIMARY KEY (id))`,
  `CREATE UNIQUE INDEX machine_types_name ON machine_types (name)`,
  SEED,
  `ALTER TABLE vms ADD machine_type text`,
]);
