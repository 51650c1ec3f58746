import type { Command } from 'commander';
import type { Asker } from '../asker';
import { Context, type CommonOptions } from '../context';
import { usage } from '../errors';
import type { Runtime } from '../runtime';

type Work<Args extends unknown[], Options> = (ctx: Context<Options>, ...args: Args) => Promise<void>;

/** Binds commands to the process they run in. */
export class Cli {
  constructor(
    readonly runtime: Runtime,
    private readonly asker: Asker,
    /** Whether lines are typed one after the other: `exit` means something. */
    readonly interactive = false,
  ) {}

  /** A commander action: `work` gets its context, then the command's arguments. */
  action<Args extends unknown[] = [], Options = object>(work: Work<Args, Options>) {
    return async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1) as Command;
      const ctx = this.contextOf<Options>(command);
      const stop = this.runtime.onInterrupt(() => ctx.interrupt());
      try {
        await work(ctx, ...(given.slice(0, -2) as Args));
      } finally {
        stop();
      }
    };
  }

  /** As {@link action}, for what the platform cannot only try: a dry run is refused before anything is asked. */
  inEarnest<Args extends unknown[] = [], Options = object>(work: Work<Args, Options>) {
    return this.action<Args, Options>(async (ctx, ...args) => {
      if (ctx.options.dryRun) throw usage('This cannot only be tried: leave --dry-run out.');
      await work(ctx, ...args);
    });
  }

  contextOf<Options>(command: Command): Context<Options> {
    return new Context(this.runtime, command.optsWithGlobals<Options & CommonOptions>(), this.asker);
  }
}
