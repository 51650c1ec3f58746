import { createPrivateKey } from 'node:crypto';
import { Global, Injectable, Module } from '@nestjs/common';
import { ConfigError, integer, secret, text } from '@nubo/config';

/** P-256 under the name that OpenSSL has for it. */
const ES256_CURVE = 'prime256v1';

function signingKey(): string {
  const pem = secret('NUBO_JWT_KEY');
  const problem = 'NUBO_JWT_KEY must be set: a private key for ES256 (P-256) in PEM';
  try {
    if (createPrivateKey(pem).asymmetricKeyDetails?.namedCurve === ES256_CURVE) return pem;
  } catch (error) {
    throw new ConfigError(problem, { cause: error });
  }
  throw new ConfigError(problem);
}

/** The settings of the tenant service. */
@Injectable()
export class TenantConfig {
  readonly adminEmail = text('NUBO_ADMIN_EMAIL', 'root');
  readonly adminPassword = secret('NUBO_ADMIN_PASSWORD', 'root');
  /** Signs sessions. */
  readonly jwtKey = signingKey();
  readonly smtpUrl = secret('SMTP_URL', 'smtp://127.0.0.1:25');
  readonly mailFrom = text('NUBO_MAIL_FROM', 'nubo@localhost');
  /** How long it is known who did what. */
  readonly auditDays = integer('NUBO_AUDIT_DAYS', 365, [1, 36_500]);
  /** Where people reach the REST gateway. */
  readonly publicUrl = text('NUBO_PUBLIC_URL', 'http://127.0.0.1:8080').replace(/\/+$/, '');
}

@Global()
@Module({ providers: [TenantConfig], exports: [TenantConfig] })
export class TenantConfigModule {}
