import { sqlMigration } from '@nubo/schema';

export const WEIGHTS_MIGRATION = sqlMigration('Weights1795600012000', [
  `ALTER TABLE distributions ADD weights jsonb NOT NULL DEFAULT '[]'`,
]);
