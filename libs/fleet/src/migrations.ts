import { sqlMigration } from '@nubo/schema';

const first = sqlMigration('Fleet1795390000000', [
  `CREATE TABLE hosts (id uuid NOT NULL, name text NOT NULL, tenant_id uuid, user_id text NOT NULL, metadata jsonb NOT NULL DEFAULT '{}', version integer NOT NULL DEFAULT '1', state text NOT NULL, state_reason text, generation integer NOT NULL DEFAULT '1', observed_generation integer NOT NULL DEFAULT '0', created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), address text NOT NULL, port integer NOT NULL DEFAULT '22', login text NOT NULL, host_key text NOT NULL, roles text array NOT NULL, location text NOT NULL, virt text, vcpus integer NOT NULL DEFAULT '0', memory_mib integer NOT NULL DEFAULT '0', disk_gib integer NOT NULL DEFAULT '0', used_vcpus integer NOT NULL DEFAULT '0', used_memory_mib integer NOT NULL DEFAULT '0', used_disk_gib integer NOT NULL DEFAULT '0', underlay_address text, external jsonb, last_seen_at TIMESTAMP WITH TIME ZONE, boot_id text, CONSTRAINT hosts_pk PRIMARY KEY (id))`,
  `CREATE UNIQUE INDEX hosts_address ON hosts  (address, port)`,
  `CREATE UNIQUE INDEX hosts_name ON hosts  (name)`,
]);

const libvirtFault = sqlMigration('LibvirtFault1795490006005', [`ALTER TABLE hosts ADD libvirt_fault text`]);
const podmanFault = sqlMigration('PodmanFault1795600013001', [`ALTER TABLE hosts ADD podman_fault text`]);

export const FLEET_MIGRATIONS = [first, libvirtFault, podmanFault];
