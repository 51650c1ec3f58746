import type { SchemaDefinition } from '@nubo/schema';
import {
  HostingAttempt,
  Project,
  ProjectName,
  ProjectRelease,
  SftpSession,
  SshKey,
} from '../../../libs/entities/src/hosting';
import { PROJECTS_MIGRATION } from './migrations/projects.migration';
import { RELEASES_MIGRATION } from './migrations/releases.migration';

export const HOSTING_SCHEMA: SchemaDefinition = {
  schema: 'hosting',
  entities: [HostingAttempt, Project, ProjectName, ProjectRelease, SftpSession, SshKey],
  migrations: [PROJECTS_MIGRATION, RELEASES_MIGRATION],
};
