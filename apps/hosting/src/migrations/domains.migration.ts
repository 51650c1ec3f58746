import { sqlMigration } from '@nubo/schema';

export const DOMAINS_MIGRATION = sqlMigration('ProjectDomains1795700011000', [
  `CREATE TABLE domains (id uuid NOT NULL, project_id uuid NOT NULL, domain text NOT NULL, token text NOT NULL, state text NOT NULL, state_reason text, held boolean NOT NULL DEFAULT false, wanted_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), checked_at TIMESTAMP WITH TIME ZONE, proven_at TIMESTAMP WITH TIME ZONE, lost_at TIMESTAMP WITH TIME ZONE, created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), CONSTRAINT domains_pk PRIMARY KEY (id))`,
  'CREATE UNIQUE INDEX domains_of_project ON domains (project_id, domain)',
  'CREATE INDEX domains_by_domain ON domains (domain)',
  'CREATE UNIQUE INDEX domains_holder ON domains (domain) WHERE held',
]);
