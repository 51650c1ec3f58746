import { nextLink } from './link.rules';

describe('the Link to the next page', () => {
  it('repeats the limit that was asked for', () => {
    expect(nextLink('/iaas/vms', 10, 'abc')).toBe('</iaas/vms?limit=10&after=abc>; rel="next"');
  });

  it('leaves the default limit alone and escapes the cursor', () => {
    expect(nextLink('/iaas/vms', undefined, 'a>b&c "d"')).toBe(
      '</iaas/vms?after=a%3Eb%26c+%22d%22>; rel="next"',
    );
  });
});
