import { split, wordsOf } from './words.rules';

describe('a line', () => {
  it.each([
    ['vm ls', ['vm', 'ls']],
    ["  vm   ls 'state=running name=web*' ", ['vm', 'ls', 'state=running name=web*']],
    ['image add u n "a \\"fine\\" one"', ['image', 'add', 'u', 'n', 'a "fine" one']],
    ["vm update web-1 --metadata note=''", ['vm', 'update', 'web-1', '--metadata', 'note=']],
    ['login a@b.example pass\\ word', ['login', 'a@b.example', 'pass word']],
    ["vm add '' 512", ['vm', 'add', '', '512']],
    ['', []],
  ])('%j is split as a shell would', (line, words) => {
    expect(wordsOf(line)).toEqual(words);
  });

  it.each(["vm show 'web", 'vm show "web', 'vm show "web\\'])('%j is not finished', (line) => {
    expect(() => wordsOf(line)).toThrow('is left open');
  });

  it('that is being typed has a word at its end', () => {
    expect(split('vm show we')).toEqual({ words: ['vm', 'show'], current: 'we' });
    expect(split('vm show ')).toEqual({ words: ['vm', 'show'], current: '' });
    expect(split('vm show "we')).toEqual({ words: ['vm', 'show'], current: 'we', open: '"' });
  });
});
