import { sqlMigration } from '@nubo/schema';

export const LOST_SESSIONS_MIGRATION = sqlMigration('LostSessions1795700032001', [
  'ALTER TABLE sftp_sessions ADD lost boolean NOT NULL DEFAULT false',
]);
