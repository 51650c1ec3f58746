import { purgedPath } from './purge.rules';

describe('the path of a purge', () => {
  it.each([
    ['path', '/a.html', '/a.html'],
    ['path', '/a%20b+c.html', '/a b+c.html'],
    ['path', '/%C3%BC/%3F%23%25', '/ü/?#%'],
    ['path', '/ü b', '/ü b'],
    ['path', '/', '/'],
    ['prefix', '/img/', '/img/'],
    ['prefix', '/.', '/.'],
    ['prefix', '/a/..', '/a/..'],
  ] as const)('%s %s is what edges compare', (kind, path, decoded) => {
    expect(purgedPath(kind, path)).toBe(decoded);
  });

  it.each([
    ['path', '/list?page=2', 'query'],
    ['prefix', '/a#b', 'query'],
    ['path', '/100%', '%25'],
    ['path', '/%ff', '%25'],
    ['path', '//a', 'without'],
    ['path', '/a/%2e%2e/b', 'without'],
    ['prefix', '/a/./', 'without'],
    ['path', '/a/..', 'without'],
    ['path', '/a%00', 'null'],
    ['path', `/${'ü'.repeat(1_024)}`, '2048 bytes'],
  ] as const)('is not %s %s', (kind, path, why) => {
    const error: unknown = (() => {
      try {
        return purgedPath(kind, path);
      } catch (thrown) {
        return thrown;
      }
    })();
    const message = expect.stringContaining(why) as string;
    expect(error).toMatchObject({ kind: 'invalid', details: { fields: [{ field: 'path', message }] } });
  });
});
