import { PassThrough } from 'node:stream';
import type { Argument, Command, Option } from 'commander';
import { nobody } from '../asker';
import { Cli } from '../commands/cli';
import { EXIT_MEANINGS } from '../exit-codes';
import { programOf } from '../program';

const HEAD = `# The command line, command by command

Generated from the program (\`npm run cli-docs\`); \`nubo help <command>\` says the same. How to begin: README.md, “With the command line”.
`;

/** Every command with its arguments and options, as Markdown. */
export function commandReference(): string {
  const program = programOf(new Cli(NOWHERE, nobody));
  const nouns = visible(program).filter((command) => command.commands.length > 0);
  const others = visible(program).filter((command) => command.commands.length === 0);
  return [
    HEAD,
    '## Options of every command\n',
    list(program.options.filter((option) => option.long !== '--version').map(optionLine)),
    exitCodes(),
    '## By themselves\n',
    ...others.map((command) => section(command)),
    ...nouns.flatMap((noun) => [
      `## ${noun.name()}\n`,
      `${noun.description()}\n`,
      ...commandsBelow(noun).map(section),
    ]),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

const NOWHERE = {
  env: {},
  home: '/',
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  onInterrupt: () => () => undefined,
};

const visible = (command: Command): Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');

/** Those that do something: `cdn key` has two of its own. */
const commandsBelow = (noun: Command): Command[] =>
  visible(noun).flatMap((one) => (one.commands.length > 0 ? commandsBelow(one) : [one]));

function section(command: Command): string {
  const { registeredArguments, options } = command;
  const lines = [...registeredArguments.map(argumentLine), ...options.map(optionLine)];
  return [
    `### \`${usageOf(command)}\`\n`,
    `${command.description()}${otherNames(command)}\n`,
    list(lines),
  ].join('\n');
}

/** `nubo vm stop <vm>` */
function usageOf(command: Command): string {
  const path: string[] = [];
  for (let one: Command | null = command; one; one = one.parent) path.unshift(one.name());
  const options = command.options.length > 0 ? ['[options]'] : [];
  return [...path, ...options, ...command.registeredArguments.map(argumentTerm)].join(' ');
}

function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

const otherNames = (command: Command): string =>
  command.aliases().length === 0 ? '' : ` Also: \`${command.aliases().join('`, `')}\`.`;

const argumentLine = (argument: Argument): string =>
  `- \`${argumentTerm(argument)}\`: ${argument.description}${choicesOf(argument.argChoices)}`;

const optionLine = ({ flags, description, argChoices }: Option): string =>
  `- \`${flags}\`: ${description}${choicesOf(argChoices)}`;

const choicesOf = (choices: readonly string[] | undefined): string =>
  choices ? ` (\`${choices.join('`, `')}\`)` : '';

const list = (lines: readonly string[]): string => (lines.length === 0 ? '' : `${lines.join('\n')}\n`);

function exitCodes(): string {
  const rows = EXIT_MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return ['## Exit codes\n', '| code | what it means |', '| ---- | ------------- |', ...rows, ''].join('\n');
}
