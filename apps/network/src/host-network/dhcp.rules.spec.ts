import { dhcpOf } from './dhcp.rules';
import { portFact, subnetFact } from './testing/facts';

describe('what DHCP knows of a guest', () => {
  const lineOf = (name: string) => {
    const port = portFact(1, { name });
    return dhcpOf('nr-aaaaaaaa', [subnetFact()], [port])?.hosts[port.id];
  };

  it('is its MAC, its address and its name', () => {
    expect(lineOf('web-1')).toBe('52:54:00:00:00:01,190.0.0.2,web-1');
  });

  it.each(['ignore', 'infinite', '60', '12h', '2w'])(
    'leaves out the name %s, which is a word of dnsmasq',
    (name) => {
      expect(lineOf(name)).toBe('52:54:00:00:00:01,190.0.0.2');
    },
  );

  it.each(['ignored', 'h', '1and1', '12-h'])('keeps the name %s', (name) => {
    expect(lineOf(name)).toBe(`52:54:00:00:00:01,190.0.0.2,${name}`);
  });
});
