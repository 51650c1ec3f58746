import { NAME_PATTERN } from '@nubo/contracts';
import { assert, emailAddress, property } from 'fast-check';
import { userNameOf } from './users.rules';

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
