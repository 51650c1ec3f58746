import { sqlMigration } from '@nubo/schema';

/** What is there is sealed when the service has started: that needs the key. */
export const SEALED_VARIABLES_MIGRATION = sqlMigration('SealedVariables1795700023001', [
  'ALTER TABLE containers ALTER env DROP DEFAULT',
  'ALTER TABLE containers ALTER env TYPE text USING env::text',
  `ALTER TABLE containers ALTER env SET DEFAULT '{}'`,
]);
