import { endOf } from './ends.rules';

describe('the end of a text', () => {
  it.each([
    ['all of it, when it fits', 'one\ntwo\n', 8, 'one\ntwo\n'],
    ['whole lines, when it does not', 'one\ntwo\nthree\n', 12, 'two\nthree\n'],
    ['of one long line its end', 'one\ntwothree\n', 6, 'three\n'],
    ['of a line that is being written, too', 'one\ntwothree', 5, 'three'],
  ])('is %s', (_, text, most, end) => expect(endOf(text, most)).toBe(end));

  it('is so many bytes, not characters', () => {
    expect(endOf('\u{1f40c}\n'.repeat(10), 15)).toBe('\u{1f40c}\n'.repeat(2));
  });
});
