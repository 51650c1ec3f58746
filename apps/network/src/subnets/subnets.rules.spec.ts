import type { CreateSubnet, NuboError } from '@nubo/contracts';
import { subnetShape } from './subnets.rules';

const input = (overrides: Partial<CreateSubnet>): CreateSubnet => ({
  vpcId: 'aaaaaaaa-0000-4000-8000-00000000000a',
  name: 'lan',
  cidr: '190.0.0.0/24',
  ...overrides,
});

const fieldsOf = (overrides: Partial<CreateSubnet>): unknown => {
  try {
    return subnetShape(input(overrides)) && 'accepted';
  } catch (error) {
    return (error as NuboError).details?.fields;
  }
};

describe('the addresses of a subnet', () => {
  it('have the first one as gateway unless another is given', () => {
    expect(subnetShape(input({})).gateway).toBe('190.0.0.1');
    expect(subnetShape(input({ gateway: '190.0.0.254' })).gateway).toBe('190.0.0.254');
    expect(subnetShape(input({ cidr: '10.0.0.8/29' })).gateway).toBe('10.0.0.9');
  });

  it.each([
    ['fd00::/64', 'must be an IPv4 network like 190.0.0.0/24'],
    ['190.0.0.0/240', 'must be an IPv4 network like 190.0.0.0/24'],
    ['190.0.0.5/24', 'must begin with its network address: 190.0.0.0/24'],
    ['190.0.0.0/15', 'must have a prefix from /16 to /29'],
    ['190.0.0.0/30', 'must have a prefix from /16 to /29'],
    ['190.0.0.1/32', 'must have a prefix from /16 to /29'],
    ['127.0.0.0/24', 'cannot be used: it is loopback (127.0.0.0/8)'],
    ['169.254.1.0/24', 'cannot be used: it is link-local (169.254.0.0/16)'],
    ['224.0.1.0/24', 'cannot be used: it is multicast (224.0.0.0/4)'],
    ['0.1.0.0/16', 'cannot be used: it is “this network” (0.0.0.0/8)'],
    ['250.0.0.0/24', 'cannot be used: it is reserved (240.0.0.0/4)'],
  ])('cannot be those of %s', (cidr, message) => {
    expect(fieldsOf({ cidr })).toEqual([{ field: 'cidr', message }]);
  });

  it('have their gateway inside, neither first nor last', () => {
    const message = 'must be an address from 190.0.0.1 to 190.0.0.254';
    for (const gateway of ['190.0.1.1', '190.0.0.0', '190.0.0.255'])
      expect(fieldsOf({ gateway })).toEqual([{ field: 'gateway', message }]);
  });

  it('are told with every field that is wrong', () => {
    expect(fieldsOf({ cidr: 'x', dns: ['192.0.2.1', 'dns.example'] })).toEqual([
      { field: 'cidr', message: 'must be an IPv4 network like 190.0.0.0/24' },
      { field: 'dns.1', message: 'must be an IPv4 address' },
    ]);
  });
});
