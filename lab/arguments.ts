// The command line of "lab".
import { LabError } from './errors';

export const COMMANDS = [
  'up',
  'down',
  'status',
  'run',
  'exec',
  'start',
  'off',
  'image',
  'debian-image',
  'kubernetes',
  'help',
] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface Arguments {
  readonly command: CommandName;
  readonly name?: string;
  readonly hosts: readonly string[];
  readonly json: boolean;
  /** What follows `--`. */
  readonly argv: readonly string[];
}

export const USAGE = `Usage: lab <command>
  run  [--name N] [--hosts h1,h2,gw] -- <program…>   make a lab, run the program in it, take the lab down
  up   [--name N] [--hosts h1,h2,gw]                 make a lab that stays
  exec [--name N] -- <program…>                      run a program in a lab that stays
  start [--name N] --hosts h1,…                      start hosts of a lab that stays
  off  [--name N] --hosts h1,…                       cut the power of hosts
  down [--name N]                                    take a lab down
  status [--name N] [--json]                         labs and their hosts
  image                                              build the guest image and print its path
  debian-image                                       the same for the Debian guest of the slow tests
  kubernetes                                         build what a cluster in a lab consists of and print its folder
Hosts: gw, gw2…gw9 are network hosts, h1…h9 and all other names compute hosts. The name of a lab that stays is "lab" unless given.
`;

/** Reads the command line (without node and script). Throws a LabError that says what is wrong. */
export function parseArguments(words: readonly string[]): Arguments {
  const end = words.indexOf('--');
  const own = end < 0 ? [...words] : words.slice(0, end);
  const argv = end < 0 ? [] : words.slice(end + 1);
  const command = own.shift() ?? 'help';
  if (!isCommand(command)) throw new LabError(`There is no command "${command}".\n${USAGE}`);
  if ((command === 'run' || command === 'exec') && argv.length === 0) {
    throw new LabError(`Say what to run: lab ${command} -- <program…>`);
  }
  return { command, argv, ...parseOptions(own) };
}

function parseOptions(words: string[]): Pick<Arguments, 'name' | 'hosts' | 'json'> {
  let name: string | undefined;
  let hosts: string[] = [];
  let json = false;
  while (words.length > 0) {
    const word = words.shift();
    if (word === '--json') json = true;
    else if (word === '--name') name = valueOf(word, words);
    else if (word === '--hosts') hosts = valueOf(word, words).split(',').filter(Boolean);
    else throw new LabError(`"${word}" is not understood.\n${USAGE}`);
  }
  return { name, hosts, json };
}

function valueOf(option: string, words: string[]): string {
  const value = words.shift();
  if (value === undefined) throw new LabError(`${option} needs a value.`);
  return value;
}

function isCommand(word: string): word is CommandName {
  return (COMMANDS as readonly string[]).includes(word);
}
