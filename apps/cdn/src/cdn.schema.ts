import type { SchemaDefinition } from '@nubo/schema';
import {
  CdnContent,
  CdnInstance,
  CdnKey,
  CdnRelease,
  CdnTraffic,
  Distribution,
  DistributionProject,
} from '../../../libs/entities/src/cdn';
import { DISTRIBUTIONS_MIGRATION } from './migrations/distributions.migration';
import { PROJECT_PEOPLE_MIGRATION } from './migrations/project-people.migration';
import { DISTRIBUTION_PROJECTS_MIGRATION } from './migrations/projects.migration';
import { RELEASE_NUMBERS_MIGRATION } from './migrations/release-numbers.migration';
import { WEIGHTS_MIGRATION } from './migrations/weights.migration';

export const CDN_SCHEMA: SchemaDefinition = {
  schema: 'cdn',
  entities: [CdnContent, CdnInstance, CdnKey, CdnRelease, CdnTraffic, Distribution, DistributionProject],
  migrations: [
    DISTRIBUTIONS_MIGRATION,
    RELEASE_NUMBERS_MIGRATION,
    WEIGHTS_MIGRATION,
    DISTRIBUTION_PROJECTS_MIGRATION,
    PROJECT_PEOPLE_MIGRATION,
  ],
};
