import { sqlMigration } from '@nubo/schema';

const toText = (table: string, column: string): string[] => [
  `ALTER TABLE ${table} ALTER ${column} DROP DEFAULT`,
  `ALTER TABLE ${table} ALTER ${column} TYPE text USING ${column}::text`,
  `ALTER TABLE ${table} ALTER ${column} SET DEFAULT '{}'`,
];

/** What is there is sealed when the service has started: that needs the key. A digest of secrets would tell who guesses. */
export const SEALED_SECRETS_MIGRATION = sqlMigration('SealedSecrets1795700023000', [
  ...toText('projects', 'secrets'),
  ...toText('revisions', 'env'),
  'ALTER TABLE revisions DROP fingerprint',
]);
