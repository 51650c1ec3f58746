import { attemptKey, countedAddress, countedLogin } from './attempts.rules';

describe('what a try to get in counts for', () => {
  it('is this client at this project, and this client anywhere', () => {
    expect(countedLogin('shop-abc', '192.0.2.1').map(attemptKey)).toEqual([
      'login:shop-abc from 192.0.2.1',
      'address:192.0.2.1',
    ]);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('for the client %s is %s', (address, counted) => {
    expect(countedAddress(address)).toBe(counted);
  });
});
