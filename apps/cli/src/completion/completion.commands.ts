import { Argument, type Command } from 'commander';
import type { Cli } from '../commands/cli';
import { SCRIPTS, SHELLS, type Shell } from './scripts';

export function addCompletionCommand(cli: Cli, program: Command): void {
  program
    .command('completion')
    .description('Print a script that completes commands and names: source <(nubo completion bash)')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action(
      cli.action<[Shell]>(async (ctx, shell) => {
        ctx.runtime.stdout.write(SCRIPTS[shell]);
      }),
    );
}
