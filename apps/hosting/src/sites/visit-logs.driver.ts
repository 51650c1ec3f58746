/** Requests of visitors, as the web server writes them. It looks each second whether there is a new file, and writes there. */
import { link, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { HostingConfig } from '../hosting.config';
import { ProjectFolders } from '../projects/project-folders.driver';
import { openPlain } from '../releases/blobs.driver';
import { endOf, MOST_SHOWN } from './ends.rules';

/** At most so many bytes of a log are read. */
const LOG_TAIL = MOST_SHOWN;
/** Older ones of a project that are kept: `access.log.1` is the youngest. */
const KEPT = 3;

@Injectable()
export class VisitLogs {
  constructor(
    private readonly config: HostingConfig,
    private readonly folders: ProjectFolders,
  ) {}

  /** The last lines, also when a new file has just begun. */
  async tail(projectId: string, lines: number): Promise<string> {
    const path = this.folders.log(projectId);
    const recent = await linesAtEnd(path);
    const older = recent.length < lines ? await linesAtEnd(`${path}.1`) : [];
    const shown = [...older, ...recent].slice(-lines);
    return shown.length > 0 ? endOf(`${shown.join('\n')}\n`) : '';
  }

  /** Moves away logs that have grown too large, and with them the oldest. How many it were. One at a time. */
  async rotate(): Promise<number> {
    let rotated = 0;
    for (const projectId of await readdir(this.folders.sites).catch(() => []))
      if (await this.hasGrown(projectId)) {
        await this.moveAway(this.folders.log(projectId));
        rotated += 1;
      }
    return rotated;
  }

  /** From the oldest on, so that each takes the place of one that has left it. What is not there is no matter. */
  private async moveAway(path: string): Promise<void> {
    for (let n = KEPT; n > 1; n -= 1) await rename(`${path}.${n - 1}`, `${path}.${n}`).catch(ifAbsent);
    await this.beginAnew(path);
  }

  /** There is a file of that name at any time: nginx, which has it open, loses a line where there is none. */
  private async beginAnew(path: string): Promise<void> {
    const { webOwner } = this.config;
    const draft = `${path}.next`;
    await rm(draft, { force: true });
    const file = await open(draft, 'wx', 0o644);
    if (webOwner) await file.chown(webOwner.uid, webOwner.gid);
    await file.close();
    await link(path, `${path}.1`).catch(ifAbsent);
    await rename(draft, path);
  }

  private async hasGrown(projectId: string): Promise<boolean> {
    const file = await lstat(this.folders.log(projectId)).catch(() => undefined);
    return file?.isFile() === true && file.size > this.config.logBytes;
  }
}

function ifAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** The folder is the web server's, too: no link is followed out of it. */
async function linesAtEnd(path: string): Promise<string[]> {
  const file = await openPlain(path).catch(() => undefined);
  if (!file) return [];
  try {
    const { size } = await file.stat();
    const length = Math.min(size, LOG_TAIL);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const text = buffer.toString('utf8').trimEnd();
    return text === '' ? [] : text.split('\n');
  } finally {
    await file.close();
  }
}
