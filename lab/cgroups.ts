// The control groups of a lab. The version 2 hierarchy tells which processes belong to a lab, whatever PID namespace they live
// in, and kills them at once; in every version 1 hierarchy a host gets a group of its own that it sees as the root.
import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from './errors';

export interface Hierarchy {
  readonly mountPoint: string;
  readonly version: 1 | 2;
  /** Mount options that name a version 1 hierarchy: `cpu,cpuacct` or `none,name=systemd`. Empty for version 2. */
  readonly options: string;
}

const GENERAL_OPTIONS =
  /^(rw|ro|nosuid|nodev|noexec|relatime|noatime|xattr|clone_children|release_agent=.*)$/;

/** The hierarchies in the text of /proc/self/mountinfo (format: proc(5)). */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  const found: Hierarchy[] = [];
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [type, , superOptions = ''] = after.split(' ');
    const mountPoint = before.split(' ')[4] ?? '';
    if (!mountPoint.startsWith('/sys/fs/cgroup')) continue;
    if (type === 'cgroup2') found.push({ mountPoint, version: 2, options: '' });
    if (type === 'cgroup') found.push({ mountPoint, version: 1, options: hierarchyOptions(superOptions) });
  }
  return found;
}

function hierarchyOptions(superOptions: string): string {
  const own = superOptions.split(',').filter((option) => !GENERAL_OPTIONS.test(option));
  return own.some((option) => !option.startsWith('name=')) ? own.join(',') : ['none', ...own].join(',');
}

/** The mounted hierarchies of this machine. Throws a LabError without a version 2 one with cgroup.kill (Linux 5.14). */
export function hierarchies(): Hierarchy[] {
  const all = parseHierarchies(readFileSync('/proc/self/mountinfo', 'utf8'));
  if (all.some((hierarchy) => hierarchy.version === 2)) return all;
  throw new LabError(
    'The lab needs cgroup version 2: mount it with "mount -t cgroup2 none /sys/fs/cgroup/unified".',
  );
}

/** Makes the group `path` (relative, like `nubo-lab-x/h1`) in the version 2 hierarchy, and in all others too when asked. */
export function createGroup(path: string, everywhere = false): void {
  for (const hierarchy of hierarchies()) {
    if (hierarchy.version === 2) createUnified(hierarchy.mountPoint, path);
    else if (everywhere) createClassic(hierarchy.mountPoint, path);
  }
}

function createUnified(mountPoint: string, path: string): void {
  mkdirSync(join(mountPoint, path), { recursive: true });
  const controllers = readText(join(mountPoint, 'cgroup.subtree_control')).trim();
  const enable = controllers
    .split(/\s+/)
    .filter(Boolean)
    .map((name) => `+${name}`);
  if (enable.length > 0)
    writeFileSync(join(mountPoint, path, '..', 'cgroup.subtree_control'), enable.join(' '));
}

function createClassic(mountPoint: string, path: string): void {
  let folder = mountPoint;
  for (const part of path.split('/')) {
    const parent = folder;
    folder = join(folder, part);
    mkdirSync(folder, { recursive: true });
    // A new cpuset group is empty, and no process may enter it so.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) inherit(parent, folder, file);
  }
}

function inherit(parent: string, folder: string, file: string): void {
  const value = readText(join(parent, file)).trim();
  if (value) writeFileSync(join(folder, file), value);
}

/** The folders of the group `path` in every hierarchy where it exists. */
export function groupFolders(path: string): string[] {
  return hierarchies()
    .map((hierarchy) => join(hierarchy.mountPoint, path))
    .filter((folder) => exists(folder));
}

/** The folder of the group `path` in the version 2 hierarchy. */
export function unifiedFolder(path: string): string {
  const unified = hierarchies().find((hierarchy) => hierarchy.version === 2);
  return join(unified?.mountPoint ?? '', path);
}

/** Moves this process into the version 2 group `path`; returns the path it came from. */
export function joinGroup(path: string): string {
  const line = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('0::'));
  writeFileSync(join(unifiedFolder(path), 'cgroup.procs'), String(process.pid));
  return line?.slice('0::'.length) ?? '/';
}

/** Whether any process, of whatever PID namespace, is in the version 2 group `path` or below it. */
export function isPopulated(path: string): boolean {
  return /^populated 1$/m.test(readText(join(unifiedFolder(path), 'cgroup.events')));
}

/** Kills every process of the version 2 group `path` and waits until none is left. */
export async function killGroup(path: string): Promise<void> {
  if (!exists(unifiedFolder(path))) return;
  writeFileSync(join(unifiedFolder(path), 'cgroup.kill'), '1');
  for (let waited = 0; isPopulated(path); waited += 5) {
    if (waited > 10_000)
      throw new LabError(`Processes in cgroup ${path} do not die: see ${unifiedFolder(path)}`);
    await sleep(5);
  }
}

/** Removes the group `path` with all below it from every hierarchy. Its processes must be dead. */
export async function removeGroup(path: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    groupFolders(path).forEach(removeTree);
    if (groupFolders(path).length === 0) return;
    await sleep(10);
  }
}

/** The names of the top version 2 groups that begin with `prefix`. */
export function listGroups(prefix: string): string[] {
  return readdirSync(unifiedFolder('')).filter((name) => basename(name).startsWith(prefix));
}

function removeTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  }
  try {
    rmdirSync(folder);
  } catch {
    // Busy: a dying process is still in it. The caller tries again.
  }
}

function exists(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
