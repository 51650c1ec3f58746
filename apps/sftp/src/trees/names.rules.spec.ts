import fc from 'fast-check';
import { pathOf, textOf } from './names.rules';

const path = (text: string): string => textOf(pathOf(Buffer.from(text)));

it.each([
  ['.', '/site'],
  ['', '/site'],
  ['a//b/./c/', '/site/a/b/c'],
  ['..', '/'],
  ['../../..', '/'],
  ['/site/../logs', '/logs'],
  ['/../../etc', '/etc'],
  ['/site/ü/日本', '/site/ü/日本'],
])('%s is %s', (text, is) => expect(path(text)).toBe(is));

it('no path has a name that leads anywhere but down', () => {
  const piece = fc.constantFrom('..', '.', '', 'a', 'b', '...', '/');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      for (const name of pathOf(Buffer.from(pieces.join('/')))) expect(['..', '.', '']).not.toContain(name);
    }),
  );
});

it.each([
  ['not UTF-8', Buffer.from([0x2f, 0xc3, 0x28])],
  ['NUL', Buffer.from('/site/a\0b')],
  ['a line', Buffer.from('/site/a\nb')],
  ['a backslash', Buffer.from('/site/a\\b')],
  ['a long name', Buffer.from(`/site/${'é'.repeat(128)}`)],
  ['a long path', Buffer.from(`/site${'/abcdefgh'.repeat(120)}`)],
  ['a deep path', Buffer.from(`/site${'/a'.repeat(33)}`)],
])('%s is refused', (_what, bytes) => expect(() => pathOf(bytes)).toThrow());
