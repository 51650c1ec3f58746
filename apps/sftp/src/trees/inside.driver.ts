/**
 * Paths below one folder, walked from handle to handle. Node has no openat(2); `/proc/self/fd/<handle>/<name>` is the same
 * thing: the kernel goes to the folder that was opened, wherever it is now, and looks up one name in it. No link is
 * followed anywhere, so there is nothing between a check and its use.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { denied } from './refusal';
import type { Names } from './tree';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** A pipe must not hold the server up. */
export const PLAIN = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

export const at = (folder: FileHandle, name?: string): string =>
  name === undefined ? `/proc/self/fd/${folder.fd}` : `/proc/self/fd/${folder.fd}/${name}`;

export class Inside {
  private constructor(readonly root: FileHandle) {}

  /** Opens the folder itself; its own path is the platform's and may hold links. */
  static async open(folder: string): Promise<Inside> {
    return new Inside(await open(folder, constants.O_RDONLY | constants.O_DIRECTORY));
  }

  /** Runs `work` with the folder open. Throws ENOENT, ENOTDIR or ELOOP when a name does not lead to a folder. */
  async folder<T>(names: Names, work: (folder: FileHandle) => Promise<T>): Promise<T> {
    let folder = this.root;
    try {
      for (const name of names) {
        const next = await open(at(folder, name), FOLDER);
        await this.leave(folder);
        folder = next;
      }
      return await work(folder);
    } finally {
      await this.leave(folder);
    }
  }

  /** Runs `work` with the path of the last name, in the open folder that the others lead to. */
  async entry<T>(names: Names, work: (path: string) => Promise<T>): Promise<T> {
    const name = names.at(-1);
    if (name === undefined) throw denied('this folder belongs to the platform');
    return this.folder(names.slice(0, -1), (folder) => work(at(folder, name)));
  }

  stat(names: Names): Promise<Stats> {
    return names.length === 0 ? this.root.stat() : this.entry(names, (path) => lstat(path));
  }

  /** A folder as a handle of the caller's own. */
  openFolder(names: Names): Promise<FileHandle> {
    return this.folder(names, (folder) => open(`${at(folder)}/.`, FOLDER));
  }

  close(): Promise<void> {
    return this.root.close();
  }

  private async leave(folder: FileHandle): Promise<void> {
    if (folder !== this.root) await folder.close();
  }
}
