import { appendFileSync, chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Runtime } from '../runtime';
import { folderOf, privateFolder } from '../session/session.file';

const MOST = 1_000;

/** Lines typed before, oldest first, in a file that only its owner may read. What cannot be kept is not. */
export class HistoryFile {
  readonly path: string;
  private readonly folder: string;

  constructor(runtime: Pick<Runtime, 'env' | 'home'>) {
    this.folder = folderOf(runtime);
    this.path = join(this.folder, 'history');
  }

  /** Newest first, as readline wants them. */
  read(): string[] {
    try {
      const lines = readFileSync(this.path, 'utf8').split('\n').filter(Boolean);
      if (lines.length > 2 * MOST) this.write(lines.slice(-MOST));
      return lines.slice(-MOST).reverse();
    } catch {
      return [];
    }
  }

  add(line: string): void {
    try {
      privateFolder(this.folder);
      appendFileSync(this.path, `${line}\n`, { mode: 0o600 });
      chmodSync(this.path, 0o600);
    } catch {
      // A full disk or a folder that is not ours: the shell goes on without.
    }
  }

  private write(lines: readonly string[]): void {
    writeFileSync(this.path, `${lines.join('\n')}\n`, { mode: 0o600 });
  }
}
