import { lstat, opendir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const AT_ONCE = 16;
const TRIES = 3;

/**
 * Removes a file, or a folder with all that is in it, a few files at a time: fs.rm (Node 20) asks for all files of a folder at
 * once, and everybody else in this process waits behind them. What is not there is no matter.
 */
export async function removeTree(path: string): Promise<void> {
  const found = await lstat(path).catch(ifAbsent);
  if (!found) return;
  if (!found.isDirectory()) return unlink(path).catch(ifAbsent);
  for (let attempt = 1; ; attempt += 1) {
    await empty(path);
    try {
      return await rmdir(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      // Somebody has just written there.
      if (code !== 'ENOTEMPTY' || attempt === TRIES) throw error;
    }
  }
}

async function empty(folder: string): Promise<void> {
  let files: string[] = [];
  const removeFiles = async (): Promise<void> => {
    await Promise.all(files.map((path) => unlink(path).catch(ifAbsent)));
    files = [];
  };
  for await (const entry of await opendir(folder, { bufferSize: 256 })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await removeTree(path);
    else if (files.push(path) === AT_ONCE) await removeFiles();
  }
  await removeFiles();
}

function ifAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
