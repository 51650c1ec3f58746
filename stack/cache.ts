/** What can be made again at any time: server binaries. */
import { cpSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { closedFolder, isRoot, removeFolder } from './files';

/** Servers that root starts run as another user, who must be able to read the cache. */
export function cacheFolder(): string {
  const own = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'nubo');
  return isRoot() && closedFolder(own) ? '/var/cache/nubo' : own;
}

/**
 * Returns `<cache>/<name>`, filled by `fill(draft)` if it is not there. A half-made folder is never seen:
 * it is filled under another name, and of two that fill it at once the first one wins.
 */
export async function cached(name: string, fill: (draft: string) => Promise<void> | void): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${process.pid}.tmp`;
  removeFolder(draft);
  mkdirSync(draft, { recursive: true, mode: 0o755 });
  try {
    await fill(draft);
    putInPlace(draft, folder);
  } finally {
    removeFolder(draft);
  }
  return folder;
}

export function copyTree(from: string, to: string, wanted: (path: string) => boolean): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter: wanted });
}

function putInPlace(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
