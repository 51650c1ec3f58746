import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** So many at once are flushed by one syncfs(2), which writes out whatever else waits on the file system, too. */
const MANY = 16;

interface Waiting {
  path: string;
  done: () => void;
  failed: (error: Error) => void;
}

/** Brings files to the disk, those that come at once together: an fsync for each of a hundred thousand takes minutes. */
export class Flushing {
  private waiting: Waiting[] = [];
  private isRunning = false;

  /** `folder`: the files are on its file system. */
  constructor(private readonly folder: string) {}

  /** Resolves when what was written to the file is on the disk. Throws what the disk says. */
  flush(path: string): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ path, done, failed });
      if (!this.isRunning) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0);
      if (group.length < MANY) await Promise.all(group.map((one) => settle([one], fsync(one.path))));
      else await settle(group, run('sync', ['-f', this.folder]));
    }
    this.isRunning = false;
  }
}

function settle(group: Waiting[], flushed: Promise<unknown>): Promise<void> {
  return flushed.then(
    () => group.forEach(({ done }) => done()),
    (error: Error) => group.forEach(({ failed }) => failed(error)),
  );
}

async function fsync(path: string): Promise<void> {
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
