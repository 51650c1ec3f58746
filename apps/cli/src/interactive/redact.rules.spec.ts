import { nobody } from '../asker';
import { Cli } from '../commands/cli';
import { programOf } from '../program';
import { testRuntime } from '../testing/test-runtime';
import { rememberable } from './redact.rules';

const program = programOf(new Cli(testRuntime(), nobody));

describe('the history', () => {
  it.each([
    ['vm ls state=running', 'vm ls state=running'],
    ['login ada@blue.example tomatoes', 'login ada@blue.example'],
    ['login ada@blue.example', 'login ada@blue.example'],
    ['login --url http://h ada@blue.example tomatoes', 'login --url'],
    ['host add 192.0.2.1 root toor', 'host add 192.0.2.1 root'],
    ['register blue ada@blue.example "to ma toes"', 'register blue ada@blue.example'],
    ['activate 3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10 tomatoes', 'activate'],
  ])('remembers of %j only %j', (line, kept) => {
    expect(rememberable(program, line)).toBe(kept);
  });

  it.each([
    'tomatoes-and-basil',
    'lgoin ada@blue.example tomatoes',
    '--json login ada@blue.example tomatoes',
    "login ada@blue.example 'tomatoes",
    'image add https://ada:tomatoes@images.example/a.qcow2 a',
    '',
  ])('forgets %j', (line) => {
    expect(rememberable(program, line)).toBeUndefined();
  });
});
