import { sqlMigration } from '@nubo/schema';

export const RUNS_MIGRATION = sqlMigration('ProjectRuns1795600014001', [
  `ALTER TABLE projects ADD template_version text, ADD runner text, ADD replicas integer NOT NULL DEFAULT '1', ADD memory_mib integer NOT NULL DEFAULT '128', ADD env jsonb NOT NULL DEFAULT '{}', ADD secrets jsonb NOT NULL DEFAULT '{}', ADD served integer`,
  `UPDATE projects SET served = release WHERE observed_generation = generation`,
  `CREATE TABLE revisions (id uuid NOT NULL, project_id uuid NOT NULL, release integer NOT NULL, fingerprint text NOT NULL, generation integer NOT NULL, template_version text NOT NULL, memory_mib integer NOT NULL, env jsonb NOT NULL DEFAULT '{}', state text NOT NULL, state_reason text, discarded boolean NOT NULL DEFAULT false, created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), CONSTRAINT revisions_pk PRIMARY KEY (id))`,
  'CREATE INDEX revisions_of_project ON revisions (project_id)',
  'CREATE TABLE replicas (id uuid NOT NULL, project_id uuid NOT NULL, revision_id uuid NOT NULL, number integer NOT NULL, mapping_id uuid NOT NULL, leaving boolean NOT NULL DEFAULT false, CONSTRAINT replicas_pk PRIMARY KEY (id))',
  'CREATE INDEX replicas_of_project ON replicas (project_id)',
  'CREATE TABLE networks (project_id uuid NOT NULL, location text NOT NULL, vpc_id uuid NOT NULL, subnet_id uuid NOT NULL, CONSTRAINT networks_pk PRIMARY KEY (project_id))',
  'CREATE TABLE host_contents (id uuid NOT NULL, host_id uuid NOT NULL, project_id uuid NOT NULL, revision_id uuid NOT NULL, release integer NOT NULL, state text NOT NULL, CONSTRAINT host_contents_pk PRIMARY KEY (id))',
  'CREATE UNIQUE INDEX host_contents_of_revision ON host_contents (revision_id, host_id)',
  'CREATE INDEX host_contents_of_project ON host_contents (project_id)',
]);
