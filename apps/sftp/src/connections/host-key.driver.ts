import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { ConfigError } from '@nubo/config';
import { newPrivateKey } from '@nubo/remote';

/**
 * The server's ed25519 key, made at the first start; whoever starts at the same time gets the same one. Throws
 * `ConfigError` when others than its owner can read the file.
 */
export function hostKey(file: string): string {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (!statSync(file, { throwIfNoEntry: false })) make(file);
  if (statSync(file).mode & 0o077)
    throw new ConfigError(`${file} can be read by others than its owner: chmod 600 it`);
  return readFileSync(file, 'utf8');
}

function make(file: string): void {
  const own = `${file}.${randomUUID()}`;
  writeFileSync(own, newPrivateKey(), { flag: 'wx', mode: 0o600 });
  chmodSync(own, 0o600);
  try {
    linkSync(own, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(own);
  }
}
