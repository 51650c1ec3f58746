/** npm ci, when package-lock.json is not what node_modules was made from. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quietly, root } from './commands.mjs';

const lock = join(root, 'package-lock.json');
const stamp = join(root, 'node_modules', '.nubo-stamp');
const npmsOwn = join(root, 'node_modules', '.package-lock.json');

export async function ensureNodeModules() {
  const wanted = createHash('sha256').update(readFileSync(lock)).digest('hex');
  if (!isInstalled(wanted)) await install();
  writeFileSync(stamp, wanted);
}

function isInstalled(wanted) {
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === wanted;
  // Installed by hand: npm writes this file last.
  return existsSync(npmsOwn) && statSync(npmsOwn).mtimeMs >= statSync(lock).mtimeMs;
}

async function install() {
  const options = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  await quietly('installing npm packages (npm ci)', 'npm-ci', [...npm(), ...options]);
}

/** The npm that started us, or the one on PATH. */
export function npm() {
  const running = process.env.npm_execpath;
  return running?.endsWith('.js') ? [process.execPath, running] : ['npm'];
}
