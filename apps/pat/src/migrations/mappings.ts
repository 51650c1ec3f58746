import { sqlMigration } from '@nubo/schema';

export const mappings = sqlMigration('Mappings1795390000001', [
  `CREATE TABLE mappings (id uuid NOT NULL, name text NOT NULL, tenant_id uuid, user_id text NOT NULL, metadata jsonb NOT NULL DEFAULT '{}', version integer NOT NULL DEFAULT '1', state text NOT NULL, state_reason text, generation integer NOT NULL DEFAULT '1', observed_generation integer NOT NULL DEFAULT '0', created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), router_id uuid NOT NULL, host_id uuid NOT NULL, external_ip text NOT NULL, protocol text NOT NULL, external_port integer NOT NULL, port_id uuid NOT NULL, instance_id uuid NOT NULL, target_ip text NOT NULL, target_port integer NOT NULL, verified_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), CONSTRAINT mappings_external_port EXCLUDE USING gist (router_id WITH =, protocol WITH =, int4range(external_port, external_port, '[]') WITH &&), CONSTRAINT mappings_pk PRIMARY KEY (id))`,
  `CREATE INDEX mappings_by_tenant ON mappings (tenant_id)`,
  `CREATE INDEX mappings_by_port ON mappings (port_id)`,
  `CREATE INDEX mappings_by_router ON mappings (router_id)`,
]);
