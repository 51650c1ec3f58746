import { claimsOf, emailKeyOf, refusalOf } from './sessions.rules';

describe('an address as a key', () => {
  it('does not care for case, spaces around it, or how an accent is composed', () => {
    expect(emailKeyOf(' Ada@Blue.TEST ')).toBe('ada@blue.test');
    expect(emailKeyOf('jose\u0301@blue.test')).toBe(emailKeyOf('jos\u00e9@blue.test'));
  });

  it('keeps different people apart', () => {
    expect(emailKeyOf('ada+lab@blue.test')).not.toBe(emailKeyOf('ada@blue.test'));
  });
});

describe('somebody with the right password', () => {
  it('gets in as an administrator and as a user of an active tenant', () => {
    expect(refusalOf(null, 'active')).toBeUndefined();
    expect(refusalOf({ state: 'active' }, 'active')).toBeUndefined();
  });

  it('is told why not otherwise', () => {
    expect(refusalOf({ state: 'pending' }, 'pending')?.code).toBe('not_activated');
    expect(refusalOf({ state: 'deleting' }, 'active')?.code).toBe('tenant_closing');
    expect(refusalOf({ state: 'active' }, 'deleting')?.code).toBe('user_closing');
  });
});

describe('the claims of a token', () => {
  const account = { id: 'u', tenantId: 't', role: 'owner', epoch: 3, mustChangePassword: false } as const;

  it('are user, tenant, role and epoch', () => {
    expect(claimsOf(account)).toEqual({ sub: 'u', tid: 't', role: 'owner', epoch: 3 });
  });

  it('say so when the password must be changed first', () => {
    expect(claimsOf({ ...account, mustChangePassword: true })).toMatchObject({ mcp: true });
  });
});
