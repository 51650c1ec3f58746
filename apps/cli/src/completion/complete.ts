import type { Cli } from '../commands/cli';
import { apiOf } from '../client/api';
import { CliError } from '../errors';
import { safeText } from '../output/safe-text';
import { programOf } from '../program';
import { candidates, type FindNames } from './candidates';
import { namesFor } from './names';

const PATIENCE_MS = 2_000;

/** `__complete vm st`: prints what the last word may become, a line each. */
export async function complete(cli: Cli, words: readonly string[]): Promise<void> {
  const found = await candidates(programOf(cli), words.slice(0, -1), words.at(-1) ?? '', finderOf(cli));
  found.forEach((one) => cli.runtime.stdout.write(`${safeText(one)}\n`));
}

/** Asks the platform for names; quickly, and quietly when nobody is logged in. */
export const finderOf =
  (cli: Cli): FindNames =>
  async (noun, beginning) => {
    try {
      const { url, token } = cli.contextOf(programOf(cli)).session;
      return await namesFor(apiOf({ url, token, signal: AbortSignal.timeout(PATIENCE_MS) }), noun, beginning);
    } catch (error) {
      if (error instanceof CliError) return [];
      throw error;
    }
  };
