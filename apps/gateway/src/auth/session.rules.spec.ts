import { sessionOf, tokenOf } from './session.rules';

const CLAIMS = {
  sub: '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10',
  tid: '6f0c1fd5-6f0b-4d30-9b5c-6a5a4a3f2a11',
  role: 'owner' as const,
  epoch: 2,
  exp: 1_000,
};

describe('a session', () => {
  it('is its claims', () => {
    expect(sessionOf(CLAIMS)).toEqual({
      principal: { userId: CLAIMS.sub, tenantId: CLAIMS.tid, role: 'owner' },
      epoch: 2,
      expiresAtMs: 1_000_000,
    });
    expect(sessionOf({ ...CLAIMS, tid: null, mcp: true }).principal).toMatchObject({
      tenantId: null,
      mustChangePassword: true,
    });
  });

  it.each([
    { sub: 'me' },
    { tid: 'x' },
    { role: 'service' },
    { epoch: 1.5 },
    { exp: undefined },
    { epoch: undefined },
  ])('is not %j', (claims) => {
    expect(() => sessionOf({ ...CLAIMS, ...claims } as object)).toThrow('not complete');
  });

  it('stands in the header with Bearer and without', () => {
    expect(tokenOf('a.b.c')).toBe('a.b.c');
    expect(tokenOf('Bearer a.b.c')).toBe('a.b.c');
    expect(tokenOf('Bearer  a.b.')).toBe('a.b.');
  });

  it.each([undefined, '', 'Basic YTpi', 'a.b', 'a.b.c.d', 'a b.c.d', CLAIMS.sub])(
    'is not in %j',
    (header) => {
      expect(tokenOf(header)).toBeNull();
    },
  );
});
