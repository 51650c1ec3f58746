import type { Command } from 'commander';
import { NounArgument } from '../commands/arguments';
import type { Resource } from '../client/views';
import type { Noun } from '../nouns/noun';
import { optionsOf, walk } from './walk.rules';

/** Finds the names of things that begin with what is typed. */
export type FindNames = (noun: Noun<Resource>, beginning: string) => Promise<string[]>;

/** What may stand where `current` is being typed, after `words`. */
export async function candidates(
  program: Command,
  words: readonly string[],
  current: string,
  find: FindNames,
): Promise<string[]> {
  const { command, given, option } = walk(program, words);
  const fitting = (all: readonly string[]): string[] => all.filter((one) => one.startsWith(current)).sort();
  if (option) return fitting(option.argChoices ?? []);
  if (current.startsWith('-')) return fitting(optionsOf(command).flatMap(({ long }) => long ?? []));
  if (command.commands.length > 0) return given > 0 ? [] : fitting(namesOf(command));
  const { registeredArguments } = command;
  const argument =
    registeredArguments[given] ?? registeredArguments.filter(({ variadic }) => variadic).at(-1);
  if (argument instanceof NounArgument) return fitting(await find(argument.noun, current));
  return fitting(argument?.argChoices ?? []);
}

/** The names of a command's subcommands, those that help shows. */
export function namesOf(command: Command): string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name());
}
