import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Names what is built of the files at these paths of `folder`, and of all below them: other contents, another name. */
export function hashOfSources(folder: string, sources: readonly string[], more = ''): string {
  const hash = createHash('sha256').update(process.arch).update(more);
  for (const path of sources.flatMap((source) => filesOf(join(folder, source))))
    hash.update(path.slice(folder.length)).update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}

/** The path itself, or the files below it, in order. */
function filesOf(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  const files = readdirSync(path, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}
