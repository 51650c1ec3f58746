import { createHash } from 'node:crypto';
import { unprocessable } from '@nubo/contracts';

export interface StockedFile {
  /** Without a slash in front. */
  path: string;
  /** Hexadecimal. */
  sha256: string;
  /** Bytes. */
  size: number;
}

/** The file that asks for a release; no release has it. */
export const DEPLOY_FILE = '.deploy';

/** The sticky bit: the upload of the file has not finished. SFTP sets it before it writes and clears it at the end. */
const UNFINISHED = 0o1000;
export const isUnfinished = (mode: number | bigint): boolean => (Number(mode) & UNFINISHED) !== 0;

export const bytesOf = (files: StockedFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

/** The text of what a release consists of: the same files give the same text. */
export const manifestText = (files: StockedFile[]): string =>
  JSON.stringify(
    files
      .map(({ path, sha256, size }) => ({ path, sha256, size }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
  );

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Throws `unprocessable` for a name that not every client, server and file system reads in the same way. */
export function assertPlainName(path: string): void {
  // U+FFFD is what bytes that are not UTF-8 become.
  if (!/[\p{Cc}\\\ufffd]/u.test(path)) return;
  const shown = JSON.stringify(path.slice(0, 200));
  throw unprocessable('bad_name', `The name ${shown} is not plain UTF-8 text: rename or remove the file.`);
}

/** The releases that are kept: the newest `keep` that can be served, and those that are needed. */
export function keptReleases<R extends { number: number; state: string }>(
  releases: R[],
  keep: number,
  needed: ReadonlySet<number>,
): R[] {
  const usable = releases.filter(({ state }) => state === 'ready').toSorted((a, b) => b.number - a.number);
  const current = usable.filter(({ number }) => needed.has(number));
  const others = usable.filter(({ number }) => !needed.has(number));
  return [...current, ...others.slice(0, Math.max(0, keep - current.length))];
}
