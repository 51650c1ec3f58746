// Guest images: built from Debian packages, cached outside the project.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { capture, check } from './command';
import { cacheFolder } from './cache';
import { LabError } from './errors';
import { missingPrograms, packages } from './machine';
import { hashOfSources } from './sources';

/** How an image is made: by the build.sh of a folder beside this file, which gets the kernel's package and the output. What disks have in common is in disk/. */
export interface Recipe {
  readonly folder: string;
  /** Programs that build.sh needs, and the Debian packages they come with. */
  readonly tools: readonly string[];
  readonly packages: readonly string[];
  /** The command of "lab" that builds it. */
  readonly command: string;
  readonly timeoutMs: number;
}

export const TOOLS = ['mkfs.vfat', 'mke2fs', 'sfdisk', 'mcopy', 'qemu-img', 'syslinux', 'flock'];

/** Builds the guest image unless it is in the cache (~3 s plus the download of ~30 MB); returns the path of the qcow2 file. */
export function guestImage(say?: (line: string) => void): Promise<string> {
  const tools = [...TOOLS, 'cpio'];
  const recipe = { folder: 'guest', tools, packages: packages().guest, command: 'image', timeoutMs: 600_000 };
  return cachedImage(recipe, say);
}

/** The image of a recipe, from the cache or built; returns the path of the qcow2 file. Throws a LabError inside of a lab, which has no way to the packages. */
export async function cachedImage(
  recipe: Recipe,
  say: (line: string) => void = () => undefined,
): Promise<string> {
  const cache = cacheFolder('guest');
  const kernel = await kernelPackage();
  const name = hashOfSources(__dirname, [recipe.folder, 'disk'], kernel);
  const file = join(cache, `${name}.qcow2`);
  if (existsSync(file)) return file;
  requireOutside(recipe);
  mkdirSync(cache, { recursive: true });
  say(`building ${recipe.folder} with ${kernel} …`);
  await check(
    [
      'flock',
      join(cache, `${recipe.folder}.lock`),
      'bash',
      join(__dirname, recipe.folder, 'build.sh'),
      kernel,
      file,
    ],
    { timeoutMs: recipe.timeoutMs },
  );
  return file;
}

function requireOutside({ tools, packages: names, command }: Recipe): void {
  if (process.env.NUBO_LAB)
    throw new LabError(`No such image yet. Build it outside of the lab: npm run lab -- ${command}`);
  const missing = missingPrograms(tools);
  if (missing.length === 0) return;
  throw new LabError(
    `Missing: ${missing.join(', ')}. Install with: apt-get install --no-install-recommends ${names.join(' ')}`,
  );
}

/** The Debian package of the kernel for guests. Asks apt for news when it knows none. */
export async function kernelPackage(): Promise<string> {
  const found = await findKernel();
  if (found) return found;
  await check(['apt-get', '-qq', 'update'], { timeoutMs: 300_000 });
  const updated = await findKernel();
  if (updated) return updated;
  throw new LabError(
    'apt knows no linux-image-cloud-amd64: the guest image is built from Debian packages for amd64.',
  );
}

// The cloud kernel has the virtio drivers as modules and is less than half the size of the common one.
async function findKernel(): Promise<string | undefined> {
  const { stdout } = await capture(['apt-cache', 'depends', 'linux-image-cloud-amd64']);
  return /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
}
