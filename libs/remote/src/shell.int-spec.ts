import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { sh } from './shell';

/** What a real shell makes of a command's arguments. */
function argumentsOf(words: string[]): string[] {
  const command = sh`printf '%s\\0' ${words}`;
  const output = execFileSync('/bin/sh', ['-c', command.text]);
  return output.toString('utf8').split('\0').slice(0, words.length);
}

const word = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...`'"\\$\`!*?~#&|;<>()[]{}= \n\t-a`) }),
  )
  .map((text) => text.replaceAll('\0', ''));

describe('a real shell', () => {
  it('reads back exactly the values of a template', () => {
    const several = fc.array(word, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(several, (words) => {
        expect(argumentsOf(words)).toEqual(words);
      }),
      { numRuns: 150 },
    );
  });

  it('runs no value as a command, also two shells deep', () => {
    fc.assert(
      fc.property(word, (text) => {
        const command = sh`/bin/sh -c ${sh`printf %s ${text}`.text}`;
        expect(execFileSync('/bin/sh', ['-c', command.text]).toString('utf8')).toBe(text);
      }),
      { numRuns: 75 },
    );
  });
});
