import { attemptKey, countedAddress, countedTry } from './attempts.rules';

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
});
