import { attemptKey, countedAddress, countedLogin } from './attempts.rules';

describe('what a try to get in counts for', () => {
  it('is this client at this project, and this client anywhere', () => {
    expect(countedLogin('shop-abc', '192.0.2.1')).toEqual([
      { limit: 'login', of: 'shop-abc from 192.0.2.1' },
      { limit: 'address', of: '192.0.2.1' },
    ]);
  });

  it('is kept under a key that names nobody', () => {
    const [here, there] = ['192.0.2.1', '192.0.2.2'].map((of) => attemptKey({ limit: 'address', of }));
    expect(here).toMatch(/^address:[0-9a-f]{32}$/);
    expect(there).not.toBe(here);
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
