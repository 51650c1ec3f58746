// The image of CDN instances: built from Debian packages and the files of rootfs/, cached outside the project.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../lab/cache';
import { check } from '../lab/command';
import { LabError } from '../lab/errors';
import { missingPrograms } from '../lab/machine';

const PROGRAMS = ['apt-get', 'dpkg-deb', 'flock', 'tar'];

/**
 * Builds the root file system unless it is in the cache (~3 s plus the download of ~9 MB); returns the path of the tar archive.
 * Throws a LabError inside of a lab, which has no way to the packages. `fresh` builds it anew, with the packages of today.
 */
export async function edgeArchive(
  say: (line: string) => void = () => undefined,
  fresh = false,
): Promise<string> {
  const cache = cacheFolder('edge');
  const file = builtFile();
  if (existsSync(file) && !fresh) return file;
  requireOutside();
  mkdirSync(cache, { recursive: true });
  say('building the image of CDN instances …');
  const build = ['flock', join(cache, 'lock'), 'bash', join(__dirname, 'build.sh'), file];
  await check(fresh ? [...build, 'fresh'] : build, { timeoutMs: 600_000 });
  return file;
}

/** The archive that was built of today's files, if there is one. */
export function builtEdgeArchive(): string | undefined {
  return existsSync(builtFile()) ? builtFile() : undefined;
}

const builtFile = (): string => join(cacheFolder('edge'), `${sourceHash()}.tar`);

function requireOutside(): void {
  if (process.env.NUBO_LAB)
    throw new LabError('No edge image yet. Build it outside of the lab: npm run edge-image');
  const missing = missingPrograms(PROGRAMS);
  if (missing.length > 0) throw new LabError(`Missing: ${missing.join(', ')}. The image is built on Debian.`);
}

function sourceHash(): string {
  const hash = createHash('sha256')
    .update(process.arch)
    .update(readFileSync(join(__dirname, 'build.sh')));
  const files = readdirSync(join(__dirname, 'rootfs'), { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  for (const path of paths.sort()) hash.update(path.slice(__dirname.length)).update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}
