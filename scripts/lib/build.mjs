/** Compiles with swc into dist/, when a source has changed since. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quietly, root } from './commands.mjs';

const FOLDERS = ['apps', 'libs', 'lab', 'edge', 'runtimes', 'stack', 'demo', 'bench'];
const SETTINGS = ['.swcrc', 'package-lock.json'];
const dist = join(root, 'dist');

export async function ensureBuilt() {
  const wanted = fingerprint();
  const stamp = join(dist, '.nubo-build');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const draft = join(root, '.nubo', `build-${process.pid}`);
  removeDrafts();
  try {
    await compile(draft);
    writeFileSync(join(draft, '.nubo-build'), wanted);
    swap(draft);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Whether a program below dist/ is there with all that it needs, however old. */
export function canRun(file) {
  const path = join(dist, file);
  return existsSync(path) && spawnSync(process.execPath, [path], { stdio: 'ignore' }).status === 0;
}

async function compile(target) {
  const swc = join(root, 'node_modules', '@swc', 'cli', 'bin', 'swc.js');
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)));
  await quietly('building', 'build', [process.execPath, swc, ...folders, '-d', target, '--copy-files']);
}

/** A whole new folder: no output of a source that is gone stays, and programs that run keep their files. */
function swap(draft) {
  const old = `${draft}-old`;
  try {
    rmSync(old, { recursive: true, force: true });
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(draft, dist);
  } catch (error) {
    // Another build was quicker in between; what it put there is as good.
    if (!existsSync(join(dist, '.nubo-build'))) throw error;
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
}

/** What killed builds have left. */
function removeDrafts() {
  const folder = join(root, '.nubo');
  const drafts = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('build-')) : [];
  const dead = drafts.filter((name) => !existsSync(`/proc/${name.split('-')[1]}`));
  dead.forEach((name) => rmSync(join(folder, name), { recursive: true, force: true }));
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const file of [...SETTINGS, ...FOLDERS.flatMap(filesIn)]) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function filesIn(folder) {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}
