/** Where nats-server comes from: no npm package ships it. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached, cacheFolder } from './cache';
import { findProgram } from './child';

const run = promisify(execFile);

/** Path of a nats-server; Debian's package is unpacked into the cache, not installed, so no service starts. */
export async function natsBinary(): Promise<string> {
  const installed = findProgram('nats-server');
  if (installed) return installed;
  if (!findProgram('apt-get')) throw new Error(HOW_TO_GET_IT);
  const folder = await cached(`nats-server-${process.arch}`, unpackDebianPackage);
  return join(folder, 'usr/sbin/nats-server');
}

const HOW_TO_GET_IT =
  'nats-server is missing: put one on PATH (Debian: apt-get install nats-server), or give NATS_URL of a server that runs';

async function unpackDebianPackage(target: string): Promise<void> {
  const archives = join(target, 'archives');
  mkdirSync(archives);
  try {
    await download(archives).catch(() => downloadWithOwnLists(archives));
  } catch (error) {
    throw new Error(`${HOW_TO_GET_IT} (${(error as Error).message.trim()})`, { cause: error });
  }
  const archive = readdirSync(archives).find((file) => file.endsWith('.deb'));
  if (!archive) throw new Error(HOW_TO_GET_IT);
  await run('dpkg-deb', ['-x', join(archives, archive), target]);
}

async function download(folder: string, options: readonly string[] = []): Promise<void> {
  const args = ['-o', 'APT::Sandbox::User=root', ...options, 'download', 'nats-server'];
  await run('apt-get', args, { cwd: folder, timeout: 120_000 });
}

/** A fresh machine has no package lists, and only root may fetch the system's: fetch our own. */
async function downloadWithOwnLists(folder: string): Promise<void> {
  const state = join(cacheFolder(), 'apt');
  mkdirSync(join(state, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(state, 'cache', 'archives', 'partial'), { recursive: true });
  const options = [
    ['-o', `Dir::State::Lists=${state}/lists`],
    ['-o', `Dir::Cache=${state}/cache`],
  ].flat();
  await run('apt-get', ['-o', 'APT::Sandbox::User=root', ...options, 'update'], { timeout: 180_000 });
  await download(folder, options);
}
