/** Takes stock of what is uploaded: which files there are, and what is in them. */
import { randomUUID } from 'node:crypto';
import {
  lstat,
  mkdir,
  opendir,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { tooLarge } from '@nubo/contracts';
import { HostingConfig } from '../hosting.config';
import { ProjectFolders } from '../projects/project-folders.driver';
import { Blobs, openPlain } from './blobs.driver';
import { assertPlainName, DEPLOY_FILE, isUnfinished, type StockedFile } from './tree.rules';

/** Linux gives times to files in steps of 4 ms: a file is left alone that long before what it holds is believed. */
const SETTLE_MS = 20;
const TRIES = 3;
/** Files that are looked at together: the disk flushes those that come together at once. */
const AT_ONCE = 64;

interface Seen {
  /** Inode, size and times: another content has others. */
  stamp: string;
  sha256: string;
  size: number;
}

export interface Stock {
  files: StockedFile[];
  /** Paths whose upload has not finished: not among `files`. */
  unfinished: string[];
}

interface Stats {
  ino: bigint;
  size: bigint;
  mode: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
}

const stampOf = ({ ino, size, mtimeNs, ctimeNs }: Stats): string => `${ino} ${size} ${mtimeNs} ${ctimeNs}`;

@Injectable()
export class Stocktaking {
  constructor(
    private readonly config: HostingConfig,
    private readonly folders: ProjectFolders,
    private readonly blobs: Blobs,
  ) {}

  /** The first file whose upload has not finished. */
  async firstUnfinished(projectId: string): Promise<string | undefined> {
    const tree = this.folders.tree(projectId);
    for await (const path of this.paths(tree))
      if (isUnfinished((await lstat(join(tree, path)).catch(() => ({ mode: 0 }))).mode)) return path;
    return undefined;
  }

  /**
   * All files, and their contents among the blobs. What was seen before and is unchanged is not read again, also when the
   * time was over before all was seen.
   */
  async take(projectId: string, signal: AbortSignal): Promise<Stock> {
    const before = await this.remembered(projectId);
    const seen = new Map<string, Seen>();
    const unfinished: string[] = [];
    const tree = this.folders.tree(projectId);
    const paths = this.paths(tree);
    const lane = async (): Promise<void> => {
      for await (const path of paths) {
        signal.throwIfAborted();
        const file = await this.look(join(tree, path), before.get(path));
        if (file === 'unfinished') unfinished.push(path);
        else if (file) seen.set(path, file);
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
    } catch (error) {
      await this.remember(projectId, new Map([...before, ...seen]));
      throw error;
    }
    await this.remember(projectId, seen);
    const files = [...seen].map(([path, { sha256, size }]) => ({ path, sha256, size }));
    return { files, unfinished };
  }

  /** Whether something was written, renamed or removed after that moment, ms since 1970; also when nobody can say. */
  async changedSince(projectId: string, moment: number): Promise<boolean> {
    const tree = this.folders.tree(projectId);
    const isNew = async (path: string): Promise<boolean> =>
      ((await lstat(path).catch(() => undefined))?.ctimeMs ?? 0) > moment;
    if (await isNew(tree)) return true;
    try {
      for await (const { parentPath, name } of await opendir(tree, { recursive: true }))
        if (await isNew(join(parentPath, name))) return true;
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).path !== tree;
    }
  }

  /** A folder of that name is somebody's own: it stays, and is in no release. */
  async removeDeployFile(projectId: string): Promise<void> {
    const path = join(this.folders.tree(projectId), DEPLOY_FILE);
    const found = await lstat(path).catch(() => undefined);
    if (found && !found.isDirectory()) await rm(path, { force: true });
  }

  private async *paths(tree: string): AsyncGenerator<string> {
    let count = 0;
    const folders = [''];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      // What is removed meanwhile is not there.
      for (const entry of await readdir(join(tree, folder), { withFileTypes: true }).catch(() => [])) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (path === DEPLOY_FILE) continue;
        assertPlainName(path);
        count += 1;
        if (count > this.config.limits.files * 2)
          throw tooLarge('too_many_files', `There are more than ${this.config.limits.files} files.`);
        if (entry.isDirectory()) folders.push(path);
        else if (entry.isFile()) yield path;
      }
    }
  }

  /** Nothing when it is not there any more, or changed each time that it was looked at. */
  private async look(path: string, before?: Seen): Promise<Seen | 'unfinished' | undefined> {
    const known = await lstat(path, { bigint: true }).catch(() => undefined);
    if (!known) return undefined;
    if (isUnfinished(known.mode)) return 'unfinished';
    if (before?.stamp === stampOf(known) && (await this.blobs.has(before.sha256))) return before;
    const file = await openPlain(path).catch(() => undefined);
    if (!file) return undefined;
    try {
      return await this.read(file);
    } finally {
      await file.close();
    }
  }

  private async read(file: FileHandle): Promise<Seen | 'unfinished'> {
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const before = await file.stat({ bigint: true });
      const ageMs = Date.now() - Number(before.ctimeNs / 1_000_000n);
      if (ageMs < SETTLE_MS) await pause(SETTLE_MS);
      const sha256 = await this.blobs.put(file);
      const after = await file.stat({ bigint: true });
      if (isUnfinished(after.mode)) return 'unfinished';
      const stamp = stampOf(after);
      if (stampOf(before) === stamp) return { stamp, sha256, size: Number(after.size) };
    }
    return 'unfinished';
  }

  private async remembered(projectId: string): Promise<Map<string, Seen>> {
    try {
      const text = await readFile(this.memory(projectId), 'utf8');
      return new Map(JSON.parse(text) as [string, Seen][]);
    } catch {
      return new Map();
    }
  }

  private async remember(projectId: string, seen: Map<string, Seen>): Promise<void> {
    const path = this.memory(projectId);
    await mkdir(this.folders.site(projectId), { recursive: true });
    const draft = `${path}.${randomUUID()}`;
    try {
      await writeFile(draft, JSON.stringify([...seen]), { mode: 0o600 });
      await rename(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
  }

  private memory(projectId: string): string {
    return join(this.folders.site(projectId), 'stock.json');
  }
}
