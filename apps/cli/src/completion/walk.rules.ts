import type { Command, Option } from 'commander';

/** How far words lead into the tree of commands. */
export interface Place {
  readonly command: Command;
  /** How many words name it, from the first on. */
  readonly depth: number;
  /** How many arguments have been given. */
  readonly given: number;
  /** The option whose value comes next. */
  readonly option?: Option;
}

/** Walks from command to subcommand as commander will: options may stand anywhere. */
export function walk(program: Command, words: readonly string[]): Place {
  let place: Place = { command: program, depth: 0, given: 0 };
  words.forEach((word, index) => (place = step(place, word, index)));
  return place;
}

function step(place: Place, word: string, index: number): Place {
  const { command, depth, given, option } = place;
  if (option) return { command, depth, given };
  if (word.startsWith('-')) return { command, depth, given, option: waitingOption(command, word) };
  const child =
    given === 0
      ? command.commands.find((one) => one.name() === word || one.aliases().includes(word))
      : undefined;
  // Only words without options before them name a command for certain.
  if (child) return { command: child, depth: depth === index ? depth + 1 : 0, given: 0 };
  return { command, depth, given: given + 1 };
}

/** The option that the word names, when its value is the next word. */
function waitingOption(command: Command, word: string): Option | undefined {
  if (word.includes('=')) return undefined;
  const option = optionsOf(command).find((one) => [one.short, one.long].includes(word));
  return option && (option.required || option.optional) ? option : undefined;
}

/** The options of a command and of those above it. */
export function optionsOf(command: Command): Option[] {
  return [...command.options, ...(command.parent ? optionsOf(command.parent) : [])];
}
