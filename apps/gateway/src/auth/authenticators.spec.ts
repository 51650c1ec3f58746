import { unauthenticated, type Principal } from '@nubo/contracts';
import { type Authenticator } from './authenticator';
import { Authenticators } from './authenticators';

const principal = (userId: string): Principal => ({ userId, tenantId: null, role: 'admin' });
const knows = (prefix: string, answer: () => Principal): Authenticator => ({
  recognises: (header) => header.startsWith(prefix),
  authenticate: async () => answer(),
});
const credentials = (authorization: string) => ({
  authorization,
  method: 'GET',
  path: '/',
  address: '192.0.2.1',
});

describe('the chain of authenticators', () => {
  const chain = new Authenticators([
    knows('Key', () => {
      throw unauthenticated('bad_key', 'no');
    }),
    knows('Key', () => principal('second')),
    knows('Basic', () => principal('basic')),
  ]);

  it('asks the first that recognises the header', async () => {
    expect(await chain.identify(credentials('Basic x'))).toEqual(principal('basic'));
  });

  it('takes its no for an answer', async () => {
    await expect(chain.identify(credentials('Key x'))).rejects.toMatchObject({ code: 'bad_key' });
  });

  it('refuses what nobody recognises, and nothing at all', async () => {
    await expect(chain.identify(credentials('Digest x'))).rejects.toMatchObject({
      code: 'unknown_credentials',
    });
    await expect(chain.identify(credentials(''))).rejects.toMatchObject({ code: 'login_required' });
  });
});
