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
    expect(read(publicKey)).toEqual({ jwtPublicKey: publicKey });
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
