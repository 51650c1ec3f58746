/** What a project holds before anybody writes to it. */
import { lstatSync } from 'node:fs';
import { constants } from 'node:fs';
import { type FileHandle, open, opendir } from 'node:fs/promises';
import { at } from './inside.driver';

export interface Count {
  readonly bytes: number;
  readonly files: number;
  /** Of folders below the one that was counted. */
  readonly depth: number;
}

const NO_LINK = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const AT_ONCE = 64;

/** Counts what is below an open folder, a few entries at a time, without following a link. */
export async function countBelow(folder: FileHandle): Promise<Count> {
  let [bytes, files, depth] = [0, 0, 0];
  for await (const { name } of await opendir(at(folder), { bufferSize: AT_ONCE })) {
    const stats = lstatSync(at(folder, name), { throwIfNoEntry: false });
    if (!stats) continue;
    files += 1;
    if (stats.isFile()) bytes += stats.size;
    if (!stats.isDirectory()) continue;
    const below = await countIn(at(folder, name));
    bytes += below.bytes;
    files += below.files;
    depth = Math.max(depth, below.depth + 1);
  }
  return { bytes, files, depth };
}

async function countIn(path: string): Promise<Count> {
  const folder = await open(path, NO_LINK);
  try {
    return await countBelow(folder);
  } finally {
    await folder.close();
  }
}
