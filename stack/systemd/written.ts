/** Files as they are on the disk beside what they are to be. */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeAtomically } from '../files';
import { type PlannedFile } from './installation';

export type FileAction = 'write' | 'replace' | 'keep';

export function actionFor({ path, content, mode }: PlannedFile): FileAction {
  if (!existsSync(path)) return 'write';
  const same = readFileSync(path, 'utf8') === content && (statSync(path).mode & 0o777) === mode;
  return same ? 'keep' : 'replace';
}

/** Nobody reads a secret while it is written: the file is closed before it has its name. */
export function put({ path, content, mode, secret }: PlannedFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: secret ? 0o700 : 0o755 });
  writeAtomically(path, content);
  chmodSync(path, mode);
}

export const digest = (content: string): string => createHash('sha256').update(content).digest('hex');

/** Takes the folder away when nothing is in it. */
export function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
