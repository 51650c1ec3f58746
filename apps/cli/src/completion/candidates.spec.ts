import { nobody } from '../asker';
import { Cli } from '../commands/cli';
import { programOf } from '../program';
import { testRuntime } from '../testing/test-runtime';
import { candidates } from './candidates';

const program = programOf(new Cli(testRuntime(), nobody));
const names: Record<string, string[]> = {
  vm: ['web-1', 'web-2', 'db-1'],
  image: ['guest'],
  vpc: ['main'],
  cdn: ['site'],
};
const after = (words: string[], current: string): Promise<string[]> =>
  candidates(program, words, current, async ({ command }) => names[command] ?? []);

describe('what may come next', () => {
  it('is a command', async () => {
    expect(await after([], 'log')).toEqual(['login', 'logout']);
    expect(await after(['vm'], 'st')).toEqual(['start', 'stop']);
  });

  it('is a name where one is wanted', async () => {
    expect(await after(['vm', 'stop'], 'web')).toEqual(['web-1', 'web-2']);
    expect(await after(['vm', 'add'], '')).toEqual(['guest']);
    expect(await after(['subnet', 'add'], 'm')).toEqual(['main']);
  });

  it('is a command or a name two levels down', async () => {
    expect(await after(['cdn', 'key'], '')).toEqual(['add', 'help', 'rm']);
    expect(await after(['cdn', 'key', 'rm'], 's')).toEqual(['site']);
    expect(await after(['cdn', 'get'], '')).toEqual(['site']);
  });

  it('is nothing after all arguments', async () => {
    expect(await after(['vm', 'stop', 'web-1'], '')).toEqual([]);
    expect(await after(['subnet', 'add', 'main'], '')).toEqual([]);
  });

  it('is an option, of the command or of all', async () => {
    expect(await after(['vm', 'add'], '--s')).toEqual(['--ssh-key', '--subnet']);
    expect(await after(['vm', 'stop'], '--n')).toEqual(['--no-wait']);
  });

  it('is one of the choices', async () => {
    expect(await after(['pat', 'add', '--protocol'], '')).toEqual(['tcp', 'udp']);
    expect(await after(['completion'], '')).toEqual(['bash', 'zsh']);
  });

  it('sees through options and other names', async () => {
    expect(await after(['--url', 'http://h', 'vm', 'remove', '--json'], 'd')).toEqual(['db-1']);
  });
});
