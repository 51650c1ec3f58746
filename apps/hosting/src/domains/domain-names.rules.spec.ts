import { NuboError } from '@nubo/contracts';
import { domainOf } from './domain-names.rules';

const OWN = ['sites.nubo.test', 'cloud.example'];
const long = (characters: number): string => `${'a'.repeat(60)}.`.repeat(4).slice(0, characters - 4) + '.org';

describe('a domain of somebody’s own', () => {
  it.each([
    ['www.example.org', 'www.example.org'],
    [' WWW.Example.ORG. ', 'www.example.org'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER。example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['notsites.nubo.test', 'notsites.nubo.test'],
    ['nubo.test', 'nubo.test'],
    [long(237), long(237)],
  ])('%s is %s in DNS', (given, name) => {
    expect(domainOf(given, OWN)).toBe(name);
  });

  it.each([
    ['one label', 'localhost'],
    ['no name', ''],
    ['an address', '192.0.2.1'],
    ['an address in other clothes', '0x7f.1'],
    ['an address of IPv6', '[2001:db8::1]'],
    ['an address without brackets', '2001:db8::1'],
    ['one that ends with a number', 'example.1'],
    ['a wildcard', '*.example.org'],
    ['the place of a record', '_nubo-challenge.example.org'],
    ['one with a path', 'example.org/../x'],
    ['one with a user', 'me@example.org'],
    ['one with a port', 'example.org:80'],
    ['one with a space', 'exa mple.org'],
    ['one in percents', 'ex%61mple.org'],
    ['an empty label', 'a..org'],
    ['a hyphen at an edge', '-a.example'],
    ['no punycode', 'xn--a.example'],
    ['a label that is too long', `${'a'.repeat(64)}.org`],
    ['one that is too long', long(238)],
    ['what nobody owns', 'host.localhost'],
    ['what lies backwards', '2.0.192.in-addr.arpa'],
    ['the zone of projects', 'sites.nubo.test'],
    ['what is below the zone', 'Shop.Sites.nubo.test.'],
    ['the platform', 'cloud.example'],
    ['what is below the platform', 'a.b.cloud.example'],
  ])('is never %s', (_, given) => {
    expect(() => domainOf(given, OWN)).toThrow(NuboError);
  });
});
