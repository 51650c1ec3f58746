import { nextLink } from './link.rules';

describe('the Link to the next page', () => {
  it('repeats the limit that was asked for', () => {
    expect(nextLink('/iaas/vms', { limit: '10' }, 'abc')).toBe('</iaas/vms?limit=10&after=abc>; rel="next"');
  });

  it('repeats the query, and takes the place of the cursor before', () => {
    const link = nextLink('/iaas/vms', { query: 'name=web* x="a b"', after: 'abc' }, 'def');
    expect(link).toBe('</iaas/vms?query=name%3Dweb*+x%3D%22a+b%22&after=def>; rel="next"');
  });

  it('leaves the default limit alone and escapes the cursor', () => {
    expect(nextLink('/iaas/vms', {}, 'a>b&c "d"')).toBe('</iaas/vms?after=a%3Eb%26c+%22d%22>; rel="next"');
  });
});
