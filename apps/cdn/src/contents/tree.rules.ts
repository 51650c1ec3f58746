/** The files of an archive under paths that are safe anywhere. What is not is refused with the entry's name. */
import { unprocessable } from '@nubo/contracts';
import type { ManifestFile } from './manifest.rules';

/** As edges take them (edge/rootfs: nubo/manifests.lua). Linux: PATH_MAX is 4,096 and NAME_MAX 255 (limits.h), with edges' own folders and endings. */
const LONGEST_PATH = 1_024;
const LONGEST_NAME = 240;
const DEEPEST = 32;
/** As many as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;

type Blob = Pick<ManifestFile, 'sha256' | 'size'>;

const shown = (name: string): string => JSON.stringify(name.slice(0, 200));

export const refuse = (name: string, why: string) =>
  unprocessable('bad_archive', `The archive’s entry ${shown(name)} ${why}.`, { entry: name.slice(0, 200) });

/** The parts of an entry's path; `.` and double slashes mean nothing. Throws `unprocessable`. */
export function partsOf(name: string): string[] {
  if (name.startsWith('/')) throw refuse(name, 'has an absolute path');
  // U+FFFD is what bytes that are not UTF-8 become.
  if (/[\p{Cc}\\\ufffd]/u.test(name)) throw refuse(name, 'has a name that is not plain UTF-8 text');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refuse(name, 'leaves the archive with ..');
  if (parts.length > DEEPEST) throw refuse(name, `is deeper than ${DEEPEST} folders`);
  if (parts.some((part) => Buffer.byteLength(part) > LONGEST_NAME)) throw refuse(name, 'has too long a name');
  if (Buffer.byteLength(parts.join('/')) > LONGEST_PATH) throw refuse(name, 'has too long a path');
  return parts;
}

/** What is in an archive, entry by entry. */
export class Tree {
  private readonly files = new Map<string, Blob>();
  private readonly links = new Map<string, string>();
  private readonly folders = new Set<string>();

  /** How many names it has. */
  get size(): number {
    return this.files.size + this.links.size;
  }

  addFile(name: string, blob: Blob): void {
    this.files.set(this.claim(name), blob);
  }

  addFolder(name: string): void {
    this.enter(partsOf(name));
  }

  /** `hard`: the target is a path of the archive, not relative to the link's folder. */
  addLink(name: string, target: string, hard: boolean): void {
    const path = this.claim(name);
    this.links.set(path, hard ? partsOf(target).join('/') : inside(path, target));
  }

  /** All files, links as what they lead to. Throws `unprocessable` for a link that leads to no file. */
  finish(): ManifestFile[] {
    const linked = [...this.links.keys()].map((path) => ({ path, ...this.behind(path) }));
    return [...[...this.files].map(([path, blob]) => ({ path, ...blob })), ...linked];
  }

  private claim(name: string): string {
    const parts = partsOf(name);
    const path = parts.join('/');
    if (path === '' || name.endsWith('/')) throw refuse(name, 'has no name');
    if (this.files.has(path) || this.links.has(path)) throw refuse(name, 'is there twice');
    if (this.folders.has(path)) throw refuse(name, 'is a folder as well');
    this.enter(parts.slice(0, -1));
    return path;
  }

  private enter(parts: string[]): void {
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      if (this.files.has(folder) || this.links.has(folder)) throw refuse(folder, 'is a file and a folder');
      this.folders.add(folder);
    }
  }

  private behind(link: string): Blob {
    let path = link;
    for (let hops = 0; hops < MOST_LINKS; hops += 1) {
      const next = this.links.get(path);
      if (next === undefined) break;
      path = next;
    }
    const blob = this.files.get(path);
    if (!blob) throw refuse(link, 'is a link that leads to no file of the archive');
    return blob;
  }
}

/** Where a symbolic link leads, as a path of the archive. Throws when that is outside. */
function inside(link: string, target: string): string {
  if (target.startsWith('/')) throw refuse(link, 'is a link that leaves the archive');
  const parts = link.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) throw refuse(link, 'is a link that leaves the archive');
  }
  return parts.join('/');
}
