import { sqlMigration } from '@nubo/schema';

/** VMs that there are already are counted from now on. */
export const USAGE_MIGRATION = sqlMigration('VmUsage1795490004002', [
  `CREATE TABLE vm_usage (vm_id uuid NOT NULL, incarnation text, counters jsonb NOT NULL DEFAULT '{}', cpu_rest_us integer NOT NULL DEFAULT '0', samples integer NOT NULL DEFAULT '0', since TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), sampled_at TIMESTAMP WITH TIME ZONE, CONSTRAINT vm_usage_pk PRIMARY KEY (vm_id))`,
  `INSERT INTO vm_usage (vm_id) SELECT id FROM vms`,
]);
