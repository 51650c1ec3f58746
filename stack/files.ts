import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The user a server runs as, when it is another one than ours. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Whom root's servers run as: nobody on Debian, and like there without a name elsewhere. */
export function serverUser(): Owner | undefined {
  return isRoot() ? { uid: 65534, gid: 65534 } : undefined;
}

/** The folder that holds package.json, from the sources as well as from dist. */
export function projectRoot(): string {
  let dir = __dirname;
  while (!existsSync(join(dir, 'package.json'))) dir = dirname(dir);
  return dir;
}

/** Readers see the old content or the new one, never a half. */
export function writeAtomically(path: string, content: string, owner?: Owner): void {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, content, { mode: 0o600 });
  if (owner) chownSync(draft, owner.uid, owner.gid);
  renameSync(draft, path);
}

/** Makes the folder and gives it, not its content, to the owner. */
export function ownFolder(path: string, owner?: Owner, mode = 0o700): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
  if (owner) chownSync(path, owner.uid, owner.gid);
}

export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

/** The first folder above (and with) `path` that other users may not pass; undefined when all are open. */
export function closedFolder(path: string): string | undefined {
  const parts = resolve(path).split('/').filter(Boolean);
  const folders = ['/', ...parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`)];
  return folders.find((dir) => existsSync(dir) && (statSync(dir).mode & 0o001) === 0);
}
