import { sqlMigration } from '@nubo/schema';

export const VMS_MIGRATION = sqlMigration('Vms1795390000002', [
  `CREATE TABLE vms (id uuid NOT NULL, name text NOT NULL, tenant_id uuid, user_id text NOT NULL, metadata jsonb NOT NULL DEFAULT '{}', version integer NOT NULL DEFAULT '1', state text NOT NULL, state_reason text, generation integer NOT NULL DEFAULT '1', observed_generation integer NOT NULL DEFAULT '0', created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), image_id uuid NOT NULL, host_id uuid NOT NULL, location text NOT NULL, vcpus integer NOT NULL, memory_mib integer NOT NULL, disk_gib integer NOT NULL, wanted_state text NOT NULL, ssh_keys text array NOT NULL DEFAULT '{}', user_data text NOT NULL DEFAULT '', stop_asked_at TIMESTAMP WITH TIME ZONE, CONSTRAINT vms_pk PRIMARY KEY (id))`,
  `CREATE INDEX vms_by_host ON vms (host_id)`,
  `CREATE INDEX vms_by_image ON vms (image_id)`,
  `CREATE TABLE vm_nics (vm_id uuid NOT NULL, position integer NOT NULL, port_id uuid NOT NULL, subnet_id uuid NOT NULL, wanted_ip text, ip text, mac text, CONSTRAINT vm_nics_pk PRIMARY KEY (vm_id, position))`,
  `CREATE UNIQUE INDEX vm_nics_by_port ON vm_nics (port_id)`,
  `CREATE TABLE host_leftovers (host_id uuid NOT NULL, vm_id uuid NOT NULL, created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), CONSTRAINT host_leftovers_pk PRIMARY KEY (host_id, vm_id))`,
  `CREATE TABLE platform (id uuid NOT NULL, CONSTRAINT platform_pk PRIMARY KEY (id))`,
  `INSERT INTO platform (id) VALUES (gen_random_uuid())`,
]);
