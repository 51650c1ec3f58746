import { sqlMigration } from '@nubo/schema';

export const PASSWORD_RESETS_MIGRATION = sqlMigration('PasswordResets1795490001001', [
  `CREATE TABLE password_resets (id uuid NOT NULL, user_id uuid NOT NULL, code_hash text NOT NULL, expires_at TIMESTAMP WITH TIME ZONE NOT NULL, CONSTRAINT password_resets_pk PRIMARY KEY (id))`,
  `CREATE INDEX password_resets_by_user ON password_resets  (user_id)`,
  `CREATE INDEX password_resets_by_expiry ON password_resets  (expires_at)`,
]);
