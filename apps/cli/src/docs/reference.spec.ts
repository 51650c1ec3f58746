import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nobody } from '../asker';
import { Cli } from '../commands/cli';
import { programOf } from '../program';
import { testRuntime } from '../testing/test-runtime';
import { commandReference } from './reference';

const WANTED = [
  ['host', ['ls', 'list', 'add', 'rm']],
  ['user', ['list', 'ls', 'add', 'rm']],
  ['image', ['ls', 'list', 'add', 'rm', 'shares', 'share', 'unshare']],
  ['vm', ['ls', 'list', 'add', 'start', 'stop', 'rm', 'save', 'shares', 'share', 'unshare']],
].flatMap(([noun, names]) => [...names].map((name) => [noun as string, name] as const));
const REPOSITORY = join(__dirname, '../../../..');
const json = <T>(file: string): T => JSON.parse(readFileSync(join(REPOSITORY, file), 'utf8')) as T;

describe('docs/cli.md', () => {
  it('tells every command as the program knows it (npm run cli-docs)', () => {
    expect(readFileSync(join(REPOSITORY, 'docs/cli.md'), 'utf8')).toBe(commandReference());
  });
});

describe('the commands', () => {
  const program = programOf(new Cli(testRuntime(), nobody));
  const subcommand = (noun: string, name: string) =>
    program.commands
      .find((command) => command.name() === noun)
      ?.commands.find((command) => command.name() === name || command.aliases().includes(name));

  // REQUIREMENTS C9, word for word.
  it.each(WANTED)('know %s %s', (noun, name) => {
    expect(subcommand(noun, name)).toBeDefined();
  });

  it('know login, help and exit', () => {
    expect(program.commands.map((command) => command.name())).toEqual(
      expect.arrayContaining(['login', 'exit']),
    );
    expect(program.helpInformation()).toContain('help [command]');
  });
});

describe('the package of the command line', () => {
  it('depends on what the whole depends on, in the same versions', () => {
    const own = json<{ dependencies: Record<string, string> }>('apps/cli/package.json').dependencies;
    const all = json<{ dependencies: Record<string, string> }>('package.json').dependencies;
    expect(own).toEqual(Object.fromEntries(Object.keys(own).map((name) => [name, all[name]])));
  });
});
