import { createPublicKey } from 'node:crypto';
import type { FactoryProvider } from '@nestjs/common';
import { ConfigError, secret } from '@nubo/config';

export interface GatewayConfig {
  /** PEM (SPKI) of the P-256 key that checks session tokens. */
  readonly jwtPublicKey: string;
  /** PEM of the platform's own certificate authority; empty when it has none. */
  readonly ca: string;
}

export const GATEWAY_CONFIG = Symbol('gateway config');

/** The gateway's settings, read once at boot. */
export const gatewayConfig: FactoryProvider<GatewayConfig> = {
  provide: GATEWAY_CONFIG,
  useFactory: () => ({
    jwtPublicKey: es256Key(secret('NUBO_JWT_PUBLIC_KEY')),
    ca: certificates(secret('NUBO_CA', '')),
  }),
};

/** It is given to everybody: nothing but certificates may be in it. */
function certificates(pem: string): string {
  const rest = pem.replace(/-----BEGIN CERTIFICATE-----[\w+/=\s]+-----END CERTIFICATE-----/g, '');
  if (rest.trim() === '') return pem;
  throw new ConfigError('NUBO_CA must be set: the PEM of certificates, and nothing else');
}

/** Throws {@link ConfigError} on anything but a public P-256 key: another kind would refuse every session. */
function es256Key(pem: string): string {
  const curve = curveOf(pem);
  if (curve !== 'prime256v1' || pem.includes('PRIVATE KEY')) {
    throw new ConfigError('NUBO_JWT_PUBLIC_KEY must be set: the PEM of a public P-256 key (ES256)');
  }
  return pem;
}

function curveOf(pem: string): string | undefined {
  try {
    return createPublicKey(pem).asymmetricKeyDetails?.namedCurve;
  } catch {
    return undefined;
  }
}
