import { sqlMigration } from '@nubo/schema';

/** What VMs and containers have alike is named after neither. */
export const CONTAINERS_MIGRATION = sqlMigration('Containers1795600005001', [
  `ALTER TABLE vm_nics RENAME TO instance_nics`,
  `ALTER TABLE instance_nics RENAME COLUMN vm_id TO instance_id`,
  `ALTER TABLE instance_nics RENAME CONSTRAINT vm_nics_pk TO instance_nics_pk`,
  `ALTER INDEX vm_nics_by_port RENAME TO instance_nics_by_port`,
  `ALTER TABLE vm_usage RENAME TO instance_usage`,
  `ALTER TABLE instance_usage RENAME COLUMN vm_id TO instance_id`,
  `ALTER TABLE instance_usage RENAME CONSTRAINT vm_usage_pk TO instance_usage_pk`,
  `ALTER TABLE vm_timeline RENAME TO instance_timeline`,
  `ALTER TABLE instance_timeline RENAME COLUMN vm_id TO instance_id`,
  `ALTER TABLE instance_timeline RENAME CONSTRAINT vm_timeline_pk TO instance_timeline_pk`,
  `ALTER TABLE instance_timeline DROP CONSTRAINT vm_timeline_vm`,
  `ALTER INDEX vm_timeline_by_vm RENAME TO instance_timeline_by_instance`,
  `ALTER TABLE host_leftovers RENAME COLUMN vm_id TO instance_id`,
  `ALTER TABLE host_leftovers ADD kind text NOT NULL DEFAULT 'vm'`,
  `UPDATE work SET kind = 'instance-access' WHERE kind = 'vm-access'`,
  `ALTER TABLE images ADD kind text NOT NULL DEFAULT 'vm'`,
  `ALTER TABLE base_files ADD kind text NOT NULL DEFAULT 'vm'`,
  `ALTER TABLE vms ADD managed_by text`,
  `CREATE TABLE containers (id uuid NOT NULL, name text NOT NULL, tenant_id uuid, user_id text NOT NULL, metadata jsonb NOT NULL DEFAULT '{}', version integer NOT NULL DEFAULT '1', state text NOT NULL, state_reason text, generation integer NOT NULL DEFAULT '1', observed_generation integer NOT NULL DEFAULT '0', created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), image_id uuid NOT NULL, host_id uuid NOT NULL, id_slot integer NOT NULL, location text NOT NULL, memory_mib integer NOT NULL, cpu integer NOT NULL, pids integer NOT NULL, command text array, env jsonb NOT NULL DEFAULT '{}', read_only boolean NOT NULL DEFAULT false, restart text NOT NULL, restarts integer NOT NULL DEFAULT '0', restart_at TIMESTAMP WITH TIME ZONE, wanted_state text NOT NULL, exit_code integer, started_at TIMESTAMP WITH TIME ZONE, managed_by text, CONSTRAINT containers_pk PRIMARY KEY (id))`,
  `CREATE UNIQUE INDEX containers_by_host ON containers (host_id, id_slot)`,
  `CREATE INDEX containers_by_image ON containers (image_id)`,
  `CREATE INDEX containers_by_tenant ON containers (tenant_id, id)`,
]);
