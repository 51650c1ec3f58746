import type { SchemaDefinition } from '@nubo/schema';
import {
  HostContent,
  HostingAttempt,
  HostingPlatform,
  Project,
  ProjectDomain,
  ProjectName,
  ProjectNetwork,
  ProjectRelease,
  ProjectRevision,
  Replica,
  SftpSession,
  SshKey,
} from '../../../libs/entities/src/hosting';
import { DOMAIN_CERTIFICATES_MIGRATION } from './migrations/domain-certificates.migration';
import { DOMAINS_MIGRATION } from './migrations/domains.migration';
import { HEALTH_PATHS_MIGRATION } from './migrations/health-paths.migration';
import { LOST_SESSIONS_MIGRATION } from './migrations/lost-sessions.migration';
import { PLATFORM_MIGRATION } from './migrations/platform.migration';
import { PROJECTS_MIGRATION } from './migrations/projects.migration';
import { RELEASES_MIGRATION } from './migrations/releases.migration';
import { RUNS_MIGRATION } from './migrations/runs.migration';
import { SEALED_SECRETS_MIGRATION } from './migrations/sealed-secrets.migration';

export const HOSTING_SCHEMA: SchemaDefinition = {
  schema: 'hosting',
  entities: [
    HostContent,
    HostingAttempt,
    HostingPlatform,
    Project,
    ProjectDomain,
    ProjectName,
    ProjectNetwork,
    ProjectRelease,
    ProjectRevision,
    Replica,
    SftpSession,
    SshKey,
  ],
  migrations: [
    PROJECTS_MIGRATION,
    RELEASES_MIGRATION,
    RUNS_MIGRATION,
    DOMAINS_MIGRATION,
    DOMAIN_CERTIFICATES_MIGRATION,
    SEALED_SECRETS_MIGRATION,
    HEALTH_PATHS_MIGRATION,
    LOST_SESSIONS_MIGRATION,
    PLATFORM_MIGRATION,
  ],
};
