import { cursorIn, listed } from './pages';

const page = (items: number[], next?: string) =>
  Promise.resolve({
    data: items,
    response: new Response('[]', {
      headers: next ? { Link: `</iaas/vms?limit=2&after=${next}>; rel="next"` } : {},
    }),
  });

describe('a list', () => {
  it('follows the links to its end', async () => {
    const list = jest.fn(({ after }: { after?: string }) => (after ? page([3]) : page([1, 2], 'a%2Bb')));
    expect(await listed(list, 10, 'state=running')).toEqual({ items: [1, 2, 3], more: false });
    expect(list.mock.calls.map(([query]) => query)).toEqual([
      { limit: 10, query: 'state=running' },
      { limit: 8, after: 'a+b', query: 'state=running' },
    ]);
  });

  it('ends at its limit, and says that there is more', async () => {
    const list = jest.fn(() => page([1, 2], 'next'));
    expect(await listed(list, 3, '')).toEqual({ items: [1, 2, 1], more: true });
    expect(list).toHaveBeenCalledTimes(2);
  });

  it('has no next page without a link', () => {
    expect(cursorIn(null)).toBeUndefined();
    expect(cursorIn('</iaas/vms?after=x>; rel="prev"')).toBeUndefined();
  });
});
