import { sqlMigration } from '@nubo/schema';

export const RELEASES_MIGRATION = sqlMigration('ProjectReleases1795600007002', [
  `ALTER TABLE projects ADD release integer, ADD last_release integer NOT NULL DEFAULT '0', ADD touched_at TIMESTAMP WITH TIME ZONE, ADD released_touch TIMESTAMP WITH TIME ZONE, ADD publishing text`,
  `CREATE TABLE releases (id uuid NOT NULL, project_id uuid NOT NULL, number integer NOT NULL, state text NOT NULL, state_reason text, published_by text NOT NULL, manifest text, files integer NOT NULL DEFAULT '0', bytes bigint NOT NULL DEFAULT '0', unfinished integer NOT NULL DEFAULT '0', created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), CONSTRAINT releases_pk PRIMARY KEY (id))`,
  'CREATE UNIQUE INDEX releases_number ON releases (project_id, number)',
  `CREATE TABLE sftp_sessions (id uuid NOT NULL, project_id uuid NOT NULL, key_id uuid, writers integer NOT NULL DEFAULT '0', seen_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), CONSTRAINT sftp_sessions_pk PRIMARY KEY (id))`,
  'CREATE INDEX sftp_sessions_of_project ON sftp_sessions (project_id)',
]);
