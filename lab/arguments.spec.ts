import { parseArguments } from './arguments';

describe('the command line of the lab', () => {
  it('leaves everything behind -- to the program that is run', () => {
    expect(parseArguments(['run', '--name', 'x', '--hosts', 'h1,gw', '--', 'ls', '--name', 'y'])).toEqual({
      command: 'run',
      name: 'x',
      hosts: ['h1', 'gw'],
      json: false,
      argv: ['ls', '--name', 'y'],
    });
  });

  it('shows how it is used when nothing is asked', () => {
    expect(parseArguments([]).command).toBe('help');
  });

  it.each([
    [['fly'], 'no command "fly"'],
    [['run'], 'lab run -- <program…>'],
    [['exec', '--'], 'lab exec -- <program…>'],
    [['up', '--name'], '--name needs a value'],
    [['up', '--nmae', 'x'], '"--nmae" is not understood'],
  ])('says what is wrong with %j', (words, message) => {
    expect(() => parseArguments(words)).toThrow(message);
  });
});
