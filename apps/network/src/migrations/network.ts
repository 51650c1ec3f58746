import { sqlMigration } from '@nubo/schema';

const RESOURCE = `id uuid NOT NULL, name text NOT NULL, tenant_id uuid, user_id text NOT NULL, metadata jsonb NOT NULL DEFAULT '{}', version integer NOT NULL DEFAULT '1', state text NOT NULL, state_reason text, generation integer NOT NULL DEFAULT '1', observed_generation integer NOT NULL DEFAULT '0', created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()`;

/** Below 4096 a VNI could be taken for a VLAN id by foreign equipment; 24 bits end at 16,777,215. */
const VNIS = 'CREATE SEQUENCE vnis AS integer MINVALUE 4096 MAXVALUE 16777214 NO CYCLE';

export const network = sqlMigration('Network1795390000000', [
  `CREATE TABLE vpcs (${RESOURCE}, region text NOT NULL, host_id uuid NOT NULL, external_ip inet NOT NULL, namespace text NOT NULL, on_host boolean NOT NULL DEFAULT true, CONSTRAINT vpcs_pk PRIMARY KEY (id))`,
  'CREATE UNIQUE INDEX vpcs_namespace ON vpcs (namespace)',
  'CREATE UNIQUE INDEX vpcs_external_ip ON vpcs (external_ip)',
  'CREATE INDEX vpcs_by_host ON vpcs (host_id)',
  'CREATE INDEX vpcs_by_tenant ON vpcs (tenant_id)',
  `CREATE TABLE subnets (${RESOURCE}, vpc_id uuid NOT NULL, cidr cidr NOT NULL, gateway inet NOT NULL, dhcp boolean NOT NULL, dns text array NOT NULL, vni integer NOT NULL, on_host boolean NOT NULL DEFAULT true, CONSTRAINT subnets_pk PRIMARY KEY (id), CONSTRAINT subnets_vpc FOREIGN KEY (vpc_id) REFERENCES vpcs (id), CONSTRAINT subnets_overlap EXCLUDE USING gist (vpc_id WITH =, cidr inet_ops WITH &&))`,
  'CREATE UNIQUE INDEX subnets_vni ON subnets (vni)',
  'CREATE INDEX subnets_by_vpc ON subnets (vpc_id)',
  'CREATE INDEX subnets_by_tenant ON subnets (tenant_id)',
  VNIS,
  `CREATE TABLE ports (${RESOURCE}, subnet_id uuid NOT NULL, vpc_id uuid NOT NULL, instance_id uuid NOT NULL, host_id uuid, ip inet NOT NULL, mac text NOT NULL, device text NOT NULL, CONSTRAINT ports_pk PRIMARY KEY (id), CONSTRAINT ports_subnet FOREIGN KEY (subnet_id) REFERENCES subnets (id))`,
  'CREATE UNIQUE INDEX ports_device ON ports (device)',
  'CREATE UNIQUE INDEX ports_mac ON ports (subnet_id, mac)',
  'CREATE INDEX ports_by_instance ON ports (instance_id)',
  'CREATE INDEX ports_by_host ON ports (host_id)',
  'CREATE INDEX ports_by_tenant ON ports (tenant_id)',
  'CREATE TABLE addresses (subnet_id uuid NOT NULL, ip inet NOT NULL, use text NOT NULL, free_at TIMESTAMP WITH TIME ZONE, CONSTRAINT addresses_pk PRIMARY KEY (subnet_id, ip), CONSTRAINT addresses_subnet FOREIGN KEY (subnet_id) REFERENCES subnets (id) ON DELETE CASCADE)',
]);
