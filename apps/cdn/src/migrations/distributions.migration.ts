import { sqlMigration } from '@nubo/schema';

const RESOURCE = `id uuid NOT NULL, name text NOT NULL, tenant_id uuid, user_id text NOT NULL, metadata jsonb NOT NULL DEFAULT '{}', version integer NOT NULL DEFAULT '1', state text NOT NULL, state_reason text, generation integer NOT NULL DEFAULT '1', observed_generation integer NOT NULL DEFAULT '0', created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()`;

export const DISTRIBUTIONS_MIGRATION = sqlMigration('Distributions1795600006000', [
  `CREATE TABLE distributions (${RESOURCE}, customer_id text NOT NULL, subnet text NOT NULL, locations text array NOT NULL, runtime text NOT NULL, origin text, keep_releases integer NOT NULL, release integer, vpc_id uuid NOT NULL, subnet_id uuid NOT NULL, epochs jsonb NOT NULL DEFAULT '{"all":0,"rules":[]}', CONSTRAINT distributions_pk PRIMARY KEY (id))`,
  'CREATE UNIQUE INDEX distributions_customer ON distributions (customer_id)',
  'CREATE INDEX distributions_by_tenant ON distributions (tenant_id, id)',
  `CREATE TABLE instances (id uuid NOT NULL, distribution_id uuid NOT NULL, role text NOT NULL, location text NOT NULL, token text NOT NULL, mapping_id uuid, address text, url text, state text NOT NULL DEFAULT 'creating', state_reason text, release integer, manifest text, leaving boolean NOT NULL DEFAULT false, CONSTRAINT instances_pk PRIMARY KEY (id))`,
  'CREATE INDEX instances_by_distribution ON instances (distribution_id)',
  `CREATE TABLE releases (id uuid NOT NULL, distribution_id uuid NOT NULL, number integer NOT NULL, state text NOT NULL, state_reason text, srcdata text, content_id uuid, shipped_bytes bigint NOT NULL DEFAULT '0', created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), CONSTRAINT releases_pk PRIMARY KEY (id))`,
  'CREATE UNIQUE INDEX releases_number ON releases (distribution_id, number)',
  `CREATE TABLE contents (id uuid NOT NULL, user_id text NOT NULL, tenant_id uuid, ticket text, manifest text, files integer NOT NULL DEFAULT '0', bytes bigint NOT NULL DEFAULT '0', expires_at TIMESTAMP WITH TIME ZONE NOT NULL, CONSTRAINT contents_pk PRIMARY KEY (id))`,
  'CREATE UNIQUE INDEX contents_ticket ON contents (ticket)',
  `CREATE TABLE signing_keys (distribution_id uuid NOT NULL, id text NOT NULL, secret text NOT NULL, created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), CONSTRAINT signing_keys_pk PRIMARY KEY (distribution_id, id))`,
  `CREATE TABLE traffic (instance_id uuid NOT NULL, minute TIMESTAMP WITH TIME ZONE NOT NULL, distribution_id uuid NOT NULL, location text NOT NULL, requests bigint NOT NULL, bytes bigint NOT NULL, hits bigint NOT NULL, errors bigint NOT NULL, CONSTRAINT traffic_pk PRIMARY KEY (instance_id, minute))`,
  'CREATE INDEX traffic_by_distribution ON traffic (distribution_id, minute)',
]);
