import { fixedNumber, isHostName, planHost } from './members';

describe('the hosts of a lab', () => {
  it('stand in two locations, h1 in loc1 and h2 in loc2', () => {
    expect(planHost('h1', 11)).toMatchObject({ address: '10.77.0.11', location: 'loc1', roles: ['compute'] });
    expect(planHost('h2', 12)).toMatchObject({ address: '10.77.0.12', location: 'loc2', roles: ['compute'] });
  });

  it('have no libvirt when they are network hosts', () => {
    expect(planHost('gw', 20)).toMatchObject({ location: 'loc1', roles: ['network'], libvirt: false });
  });

  it('are planned as the options say', () => {
    const plan = planHost('h1', 11, { libvirt: false, location: 'attic', roles: ['compute', 'network'] });
    expect(plan).toMatchObject({ libvirt: false, location: 'attic', roles: ['compute', 'network'] });
  });

  it('have addresses fixed by their well-known names, each its own', () => {
    const names = ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((digit) => `h${digit}`);
    const numbers = [...names, 'gw', 'gw2', 'gw9'].map(fixedNumber);
    expect(numbers).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 28]);
    expect(fixedNumber('remote1')).toBeUndefined();
    expect(fixedNumber('h10')).toBeUndefined();
  });

  it.each(['', 'H1', '1h', '../x', 'ctl', 'a-name-too-long'])('are not named "%s"', (name) => {
    expect(isHostName(name)).toBe(false);
  });
});
