import { Strategy } from 'passport-jwt';
import { claimsOf, es256Pair, signed } from '../testing/tokens';
import { SessionStrategy } from './session.strategy';

type Verifier = (token: string, key: string, options: object, done: () => void) => void;

/** jsonwebtoken 9 by itself refuses signatures that the key is not for: no forged token shows whether this is said. */
it('tells the verifier to take ES256 from our issuer and nothing else', () => {
  const asked = jest.spyOn(Strategy as unknown as { JwtVerifier: Verifier }, 'JwtVerifier');
  asked.mockImplementation(() => undefined);
  const keys = es256Pair();
  const token = signed(claimsOf(), keys);
  const request = { headers: { authorization: token } } as never;
  new SessionStrategy({ jwtPublicKey: keys.publicKey, ca: '' }).authenticate(request);
  const [[given, key, options] = []] = asked.mock.calls;
  expect([given, key]).toEqual([token, keys.publicKey]);
  expect(options).toMatchObject({ algorithms: ['ES256'], issuer: 'nubo', ignoreExpiration: false });
  asked.mockRestore();
});
