import { sqlMigration } from '@nubo/schema';

export const CONTAINER_CONTENT_MIGRATION = sqlMigration('ContainerContent1795600014000', [
  `ALTER TABLE containers ADD content text`,
]);
