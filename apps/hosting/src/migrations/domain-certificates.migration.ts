import { sqlMigration } from '@nubo/schema';

export const DOMAIN_CERTIFICATES_MIGRATION = sqlMigration('DomainCertificates1795700011001', [
  `ALTER TABLE domains ADD certificate_until TIMESTAMP WITH TIME ZONE, ADD certificate_reason text, ADD certificate_failures integer NOT NULL DEFAULT '0', ADD certificate_try_at TIMESTAMP WITH TIME ZONE`,
]);
