import { generateKeyPairSync } from 'node:crypto';
import { overrideSettings } from '@nubo/config';
import { gatewayConfig } from './gateway.config';
import { es256Pair } from './testing/tokens';

describe('the key that checks sessions', () => {
  const read = (pem: string): unknown => {
    const restore = overrideSettings({ NUBO_JWT_PUBLIC_KEY: pem });
    try {
      return gatewayConfig.useFactory();
    } finally {
      restore();
    }
  };

  it('is a public P-256 key', () => {
    const { publicKey } = es256Pair();
    expect(read(publicKey)).toEqual({ jwtPublicKey: publicKey, ca: '' });
  });

  const pem = { type: 'spki', format: 'pem' } as const;
  it.each([
    ['the private half', es256Pair().privateKey],
    ['an RSA key', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export(pem).toString()],
    ['another curve', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export(pem).toString()],
    ['no key', 'secret'],
  ])('is not %s', (_what, text) => {
    expect(() => read(text)).toThrow(
      'NUBO_JWT_PUBLIC_KEY must be set: the PEM of a public P-256 key (ES256)',
    );
  });
});

describe('what is handed out of the certificate authority', () => {
  const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB+/=\n-----END CERTIFICATE-----\n';
  const read = (ca: string): unknown => {
    const restore = overrideSettings({ NUBO_JWT_PUBLIC_KEY: es256Pair().publicKey, NUBO_CA: ca });
    try {
      return gatewayConfig.useFactory();
    } finally {
      restore();
    }
  };

  it('is its certificate', () => {
    expect(read(CERTIFICATE)).toMatchObject({ ca: CERTIFICATE });
  });

  it('is never a key', () => {
    const key = es256Pair().privateKey;
    for (const text of [key, CERTIFICATE + key, key + CERTIFICATE])
      expect(() => read(text)).toThrow('NUBO_CA must be set: the PEM of certificates, and nothing else');
  });
});
