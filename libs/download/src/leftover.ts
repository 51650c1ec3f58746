import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { log } from '@nubo/observability';
import type { Left } from './resume';

const FLUSH_MS = 5_000;

/** Beside a file that is being downloaded: what the next download can go on from. */
const noteOf = (file: string): string => `${file}.from`;

/**
 * What an earlier download of `url` left at `file`; undefined: nothing to go on from. Its last byte does not count:
 * there is no range behind the end of a file that is whole.
 */
export async function leftOf(file: string, url: string): Promise<Left | undefined> {
  try {
    const left = JSON.parse(await readFile(noteOf(file), 'utf8')) as Left;
    const bytes = Math.min(left.bytes, (await stat(file)).size) - 1;
    return left.url === url && bytes > 0 ? { ...left, bytes } : undefined;
  } catch {
    return undefined;
  }
}

/** A file of its own, too: who still writes the one before must not write this one. */
export async function forget(file: string): Promise<void> {
  await rm(noteOf(file), { force: true });
  await rm(file, { force: true });
}

/** Notes, while a file grows, how much of it is on the disk for sure. */
export class Leftover {
  private last: Promise<void> = Promise.resolve();
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly file: string,
    private readonly of: Pick<Left, 'url' | 'validator'>,
  ) {}

  begin(): void {
    this.timer = setInterval(() => void this.note(), FLUSH_MS).unref();
  }

  end(): Promise<void> {
    clearInterval(this.timer);
    return this.note();
  }

  /** Without a note the next download begins anew: that is all that can go wrong. */
  private note(): Promise<void> {
    this.last = this.last
      .then(() => this.write())
      .catch((error: unknown) => log.debug({ err: error }, 'no note of a download'));
    return this.last;
  }

  private async write(): Promise<void> {
    const { size: bytes } = await stat(this.file);
    await onDisk(this.file);
    const note = noteOf(this.file);
    await writeFile(`${note}.new`, JSON.stringify({ ...this.of, bytes }), { mode: 0o600 });
    await rename(`${note}.new`, note);
  }
}

async function onDisk(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}
