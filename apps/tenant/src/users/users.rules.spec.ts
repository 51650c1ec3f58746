import { NAME_PATTERN, type CreateUser, type NuboError, type Role, type UserRole } from '@nubo/contracts';
import { assert, emailAddress, property } from 'fast-check';
import { placeOf, roleRefusal, userNameOf } from './users.rules';

describe('the name of a user', () => {
  it.each([
    ['root', 'root'],
    ['Ada.Lovelace+lab@blue.test', 'ada-lovelace-lab'],
    ['_@blue.test', 'user'],
    [`${'a'.repeat(62)}.b@blue.test`, 'a'.repeat(62)],
  ])('of %s is %s', (email, name) => {
    expect(userNameOf(email)).toBe(name);
  });

  it('is a name whatever the address', () => {
    assert(property(emailAddress(), (email) => NAME_PATTERN.test(userNameOf(email))));
  });
});

const TENANT = '6f0c1fd5-6f0b-4d30-9b5c-6a5a4a3f2a11';
const OTHER = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';

describe('a new user', () => {
  const place = (role: Role, wanted: Partial<CreateUser>): object | string => {
    const who = { userId: 'u', tenantId: role === 'admin' ? null : TENANT, role };
    try {
      return placeOf(who, { email: 'a@b.test', password: 'x', ...wanted });
    } catch (error) {
      return (error as NuboError).code;
    }
  };

  it.each<[Role, Partial<CreateUser>, UserRole, string | null]>([
    ['owner', {}, 'member', TENANT],
    ['owner', { role: 'owner', tenantId: TENANT }, 'owner', TENANT],
    ['admin', { tenantId: OTHER }, 'member', OTHER],
    ['admin', { tenantId: OTHER, role: 'owner' }, 'owner', OTHER],
    ['admin', { role: 'admin' }, 'admin', null],
  ])('is added by %s with %j as %s of %s', (who, wanted, role, tenantId) => {
    expect(place(who, wanted)).toEqual({ role, tenantId });
  });

  it.each<[Role, Partial<CreateUser>, string]>([
    ['member', {}, 'owner_only'],
    ['owner', { role: 'admin' }, 'admin_only'],
    ['owner', { tenantId: OTHER }, 'tenant_not_found'],
    ['admin', {}, 'invalid_input'],
    ['admin', { role: 'admin', tenantId: OTHER }, 'invalid_input'],
  ])('is refused to %s with %j: %s', (who, wanted, code) => {
    expect(place(who, wanted)).toBe(code);
  });
});

describe('a role', () => {
  const refusal = (who: Role, self: boolean, [from, to]: [UserRole, UserRole]): string | undefined =>
    roleRefusal({ userId: 'u', tenantId: TENANT, role: who }, { id: self ? 'u' : 'v', role: from }, to)?.code;

  it.each<[Role, boolean, UserRole, UserRole]>([
    ['owner', false, 'member', 'owner'],
    ['owner', false, 'owner', 'member'],
    ['owner', true, 'owner', 'member'],
    ['admin', false, 'member', 'owner'],
    ['member', true, 'member', 'member'],
  ])('may be changed by %s (self: %s) from %s to %s', (...[who, self, from, to]) => {
    expect(refusal(who, self, [from, to])).toBeUndefined();
  });

  it.each<[Role, boolean, UserRole, UserRole, string]>([
    ['member', true, 'member', 'owner', 'own_role'],
    ['member', true, 'member', 'admin', 'own_role'],
    ['owner', true, 'owner', 'admin', 'own_role'],
    ['owner', false, 'member', 'admin', 'admin_only'],
    ['admin', false, 'owner', 'admin', 'role_of_another_kind'],
    ['admin', false, 'admin', 'member', 'role_of_another_kind'],
    ['admin', true, 'admin', 'owner', 'role_of_another_kind'],
  ])('may not be changed by %s (self: %s) from %s to %s: %s', (...[who, self, from, to, code]) => {
    expect(refusal(who, self, [from, to])).toBe(code);
  });
});
