// What outlives labs, outside the project: the guest image and what libvirt found out about QEMU.
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder for `kind` of the user's cache; it may not exist yet. */
export function cacheFolder(kind: string): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'nubo', kind);
}

/** Keeps the *.xml files of `folder` that the cache does not have. libvirt replaces them atomically, so they are whole. */
export function keepCapabilities(folder: string): void {
  if (!existsSync(folder)) return;
  const cache = cacheFolder('libvirt');
  mkdirSync(cache, { recursive: true });
  copyNew(folder, cache);
}

/**
 * Gives a new host the capabilities of QEMU that libvirt would otherwise spend 0.7 s to find out. libvirt 9 checks them against
 * the versions and times of both programs, and asks QEMU again when they are stale.
 */
export function lendCapabilities(folder: string): void {
  if (existsSync(cacheFolder('libvirt'))) copyNew(cacheFolder('libvirt'), folder);
}

function copyNew(from: string, to: string): void {
  const names = readdirSync(from).filter((name) => name.endsWith('.xml') && !existsSync(join(to, name)));
  for (const name of names) copyFileSync(join(from, name), join(to, name));
}
