import { copyFileSync, mkdirSync, renameSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Copies a file into `folder`, which is made, as `name`: whole or not at all. A copy of the same size and time is left as it is.
 * Returns the path of the copy.
 */
export function layFile(file: string, folder: string, name: string): string {
  const target = join(folder, name);
  const { size, atime, mtime } = statSync(file);
  const known = statSync(target, { throwIfNoEntry: false });
  if (known?.size === size && known.mtime.getTime() === mtime.getTime()) return target;
  mkdirSync(folder, { recursive: true });
  const draft = `${target}.${process.pid}`;
  copyFileSync(file, draft);
  utimesSync(draft, atime, mtime);
  renameSync(draft, target);
  return target;
}
