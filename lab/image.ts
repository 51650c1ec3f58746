// The guest image: a small Linux built from Debian packages, cached outside the project.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { capture, check } from './command';
import { cacheFolder } from './cache';
import { LabError } from './errors';
import { missingPrograms, packages } from './machine';

const SOURCES = join(__dirname, 'guest');
const TOOLS = ['cpio', 'mkfs.vfat', 'mke2fs', 'sfdisk', 'mcopy', 'qemu-img', 'syslinux', 'flock'];

/** Builds the guest image unless it is in the cache (~3 s plus the download of ~30 MB); returns the path of the qcow2 file. */
export async function guestImage(say: (line: string) => void = () => undefined): Promise<string> {
  const cache = cacheFolder('guest');
  const kernel = await kernelPackage();
  const file = join(cache, `${sourceHash(kernel)}.qcow2`);
  if (existsSync(file)) return file;
  if (process.env.NUBO_LAB)
    throw new LabError('No guest image yet. Build it outside of the lab: npm run lab -- image');
  const missing = missingPrograms(TOOLS);
  if (missing.length > 0) {
    const names = packages().guest.join(' ');
    throw new LabError(
      `Missing: ${missing.join(', ')}. Install with: apt-get install --no-install-recommends ${names}`,
    );
  }
  mkdirSync(cache, { recursive: true });
  say(`building the guest image with ${kernel} …`);
  await check(['flock', join(cache, 'lock'), 'bash', join(SOURCES, 'build.sh'), kernel, file], {
    timeoutMs: 600_000,
  });
  return file;
}

async function kernelPackage(): Promise<string> {
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

function sourceHash(kernel: string): string {
  const hash = createHash('sha256').update(kernel);
  for (const name of readdirSync(SOURCES).sort()) hash.update(name).update(readFileSync(join(SOURCES, name)));
  return hash.digest('hex').slice(0, 16);
}
