import { sqlMigration } from '@nubo/schema';

export const CONTAINER_ENDS_MIGRATION = sqlMigration('ContainerEnds1795600005003', [
  `ALTER TABLE image_copies ADD kind text NOT NULL DEFAULT 'vm'`,
  `ALTER TABLE containers ADD ended_at TIMESTAMP WITH TIME ZONE`,
]);
