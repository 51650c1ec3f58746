/** Log files of processes that keep them open. */
import { copyFileSync, existsSync, statSync, truncateSync } from 'node:fs';

export interface LogBounds {
  /** A larger one is moved aside, over what was there before. */
  readonly bytes: number;
  readonly everyMs: number;
}

export const LOG_BOUNDS: LogBounds = { bytes: 64 * 1024 * 1024, everyMs: 60_000 };

/**
 * Copies a log that has become too large to `<path>.1` and cuts it. Processes append (O_APPEND), so they go on at its
 * new end; a line that is written in between may be lost. False when it is not too large.
 */
export function boundLog(path: string, bytes = LOG_BOUNDS.bytes): boolean {
  if (!existsSync(path) || statSync(path).size <= bytes) return false;
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
  return true;
}
