import { isPlainPath, isVisited } from './publication.rules';

describe('a file of a release', () => {
  it.each([
    ['index.html', true],
    ['css/site.css', true],
    ['.well-known/acme-challenge/token', true],
    ['.env', false],
    ['.git/config', false],
    ['app/.htpasswd', false],
    ['app/.well-known/x', false],
  ])('%s is for visitors: %s', (path, expected) => {
    expect(isVisited(path)).toBe(expected);
  });

  it.each([
    ['a/b.html', true],
    ['a b/ü.html', true],
    ['..', false],
    ['a/../../b', false],
    ['/etc/passwd', false],
    ['a//b', false],
    ['./a', false],
    ['', false],
    ['a\0b', false],
  ])('%j is a path in it: %s', (path, expected) => {
    expect(isPlainPath(path)).toBe(expected);
  });
});
