import type { SchemaDefinition } from '@nubo/schema';
import { HostingAttempt, Project, ProjectName, SshKey } from '../../../libs/entities/src/hosting';
import { PROJECTS_MIGRATION } from './migrations/projects.migration';

export const HOSTING_SCHEMA: SchemaDefinition = {
  schema: 'hosting',
  entities: [HostingAttempt, Project, ProjectName, SshKey],
  migrations: [PROJECTS_MIGRATION],
};
