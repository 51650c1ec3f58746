import {
  attemptKey,
  countedAddress,
  countedLogin,
  countedTry,
  loginPrefix,
  slowDownMs,
} from './attempts.rules';

describe('what tries are counted under', () => {
  it('is what they are about and the client that makes them', () => {
    const keys = countedTry('email', 'ada@blue.test', '192.0.2.1').map(attemptKey);
    expect(keys).toEqual(['email:ada@blue.test', 'address:192.0.2.1']);
  });

  it('is only what they are about when the client is not known', () => {
    expect(countedTry('tenant', 'x')).toEqual([{ limit: 'tenant', of: 'x' }]);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('for the client %s is %s', (address, counted) => {
    expect(countedAddress(address)).toBe(counted);
  });

  it('for a login is also this client at this address of mail', () => {
    const keys = countedLogin('ada@blue.test', '2001:db8::1').map(attemptKey);
    expect(keys).toEqual([
      'login:ada@blue.test from 2001:db8:0:0::/64',
      'email:ada@blue.test',
      'address:2001:db8:0:0::/64',
    ]);
    expect(keys[0].startsWith(loginPrefix('ada@blue.test'))).toBe(true);
    expect(keys[0].startsWith(loginPrefix('ada@blue'))).toBe(false);
  });
});

it('answers take longer the more often it went wrong, but not for ever', () => {
  expect([0, 20, 21, 30, 50, 10_000].map((n) => slowDownMs(n, 20))).toEqual([0, 0, 100, 1_000, 3_000, 3_000]);
});
