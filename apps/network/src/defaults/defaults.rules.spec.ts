import { subnetShape } from '../subnets/subnets.rules';
import { DEFAULT_CIDRS } from './defaults.rules';

describe('the places of default subnets', () => {
  it('are subnets, each another one', () => {
    for (const cidr of DEFAULT_CIDRS) expect(subnetShape({ vpcId: '', name: '', cidr }).cidr).toBe(cidr);
    expect(new Set(DEFAULT_CIDRS).size).toBe(16);
  });

  it('are far apart at first: what one of them overlaps with, the next does not', () => {
    expect(DEFAULT_CIDRS.slice(0, 5)).toEqual([
      '10.64.0.0/24',
      '10.128.0.0/24',
      '10.192.0.0/24',
      '10.0.0.0/24',
      '10.64.1.0/24',
    ]);
  });
});
