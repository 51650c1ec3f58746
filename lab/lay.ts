import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** Copies a file into `folder`, which is made, as `name`: whole or not at all. Returns the path of the copy. */
export function layFile(file: string, folder: string, name: string): string {
  const target = join(folder, name);
  mkdirSync(folder, { recursive: true });
  copyFileSync(file, `${target}.${process.pid}`);
  renameSync(`${target}.${process.pid}`, target);
  return target;
}
