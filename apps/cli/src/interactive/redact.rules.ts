import type { Command } from 'commander';
import { SecretArgument } from '../commands/arguments';
import { walk } from '../completion/walk.rules';
import { split } from './words.rules';

const LOGIN_IN_URL = /:\/\/[^/\s]*@/;

/**
 * What of a line may be remembered. Of a command that takes a password, what comes before it; nothing of a line that is
 * no command: it may be a password that was typed at the wrong moment.
 */
export function rememberable(program: Command, line: string): string | undefined {
  const { words, open } = split(`${line} `);
  const { command, depth } = walk(program, words);
  if (open || depth === 0 || LOGIN_IN_URL.test(line)) return undefined;
  const secret = command.registeredArguments.findIndex((argument) => argument instanceof SecretArgument);
  return secret < 0 ? line.trim() : words.slice(0, depth + secret).join(' ');
}
