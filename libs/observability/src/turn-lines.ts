import { atEnd } from '@nubo/config';
import pino from 'pino';

interface Lines {
  write(line: string): void;
  /** pino (10) calls it after a fatal line. */
  flushSync(): void;
}

/**
 * Takes lines for a file, standard output without one. Those of one turn of the event loop leave in one system call, which
 * costs more than a line; at the end of the process none is left. Only kill -9 loses those of the turn.
 */
export function turnLines(path?: string): Lines {
  const out = pino.destination({ dest: path ?? 1, sync: true });
  let waiting = '';
  const write = (): void => {
    const lines = waiting;
    waiting = '';
    if (lines) out.write(lines);
  };
  // Waits for the disk, too: not after every turn.
  const flushSync = (): void => {
    write();
    out.flushSync();
  };
  atEnd(flushSync);
  return {
    write(line) {
      if (!waiting) setImmediate(write);
      waiting += line;
    },
    flushSync,
  };
}
