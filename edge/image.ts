// The image of CDN instances: built from Debian packages and the files of rootfs/, cached outside the project.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../lab/cache';
import { check } from '../lab/command';
import { LabError } from '../lab/errors';
import { kernelPackage, TOOLS } from '../lab/image';
import { missingPrograms } from '../lab/machine';
import { hashOfSources } from '../lab/sources';

const PROGRAMS = ['apt-get', 'dpkg-deb', 'flock', 'tar'];
type Say = (line: string) => void;

/**
 * Builds the root file system unless it is in the cache (~3 s plus the download of ~9 MB); returns the path of the tar archive.
 * Throws a LabError inside of a lab, which has no way to the packages. `fresh` builds it anew, with the packages of today.
 */
export async function edgeArchive(say: Say = () => undefined, fresh = false): Promise<string> {
  const file = builtFile();
  if (existsSync(file) && !fresh) return file;
  say('building the image of CDN instances …');
  await build(PROGRAMS, ['build.sh', file, ...(fresh ? ['fresh'] : [])]);
  return file;
}

/** The archive that was built of today's files, if there is one. */
export function builtEdgeArchive(): string | undefined {
  return existsSync(builtFile()) ? builtFile() : undefined;
}

const builtFile = (): string => join(cacheFolder('edge'), `${hashOf(['build.sh', 'rootfs'])}.tar`);

/** The same as a disk for VMs (~5 s more, and the download of ~30 MB); returns the path of the qcow2 file. */
export async function edgeDisk(say: Say = () => undefined, fresh = false): Promise<string> {
  const archive = await edgeArchive(say, fresh);
  const kernel = await kernelPackage();
  const file = join(cacheFolder('edge'), `${diskHash()}-${kernel}.qcow2`);
  if (fresh) rmSync(file, { force: true });
  if (existsSync(file)) return file;
  say(`building the disk of CDN instances with ${kernel} …`);
  await build([...PROGRAMS, ...TOOLS, 'cpio'], ['disk/build.sh', kernel, archive, file]);
  return file;
}

/** The newest disk that was built of today's files, if there is one. */
export function builtEdgeDisk(): string | undefined {
  const cache = cacheFolder('edge');
  const isOurs = (name: string): boolean => name.startsWith(`${diskHash()}-`) && name.endsWith('.qcow2');
  const files = existsSync(cache) ? readdirSync(cache).filter(isOurs) : [];
  const paths = files.map((name) => join(cache, name));
  return paths.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

const diskHash = (): string => hashOf(['build.sh', 'rootfs', 'disk', '../lab/disk', '../lab/guest/dhcp.sh']);

async function build(programs: readonly string[], [script = '', ...args]: readonly string[]): Promise<void> {
  if (process.env.NUBO_LAB)
    throw new LabError('No edge image yet. Build it outside of the lab: npm run edge-image');
  const missing = missingPrograms(programs);
  if (missing.length > 0) throw new LabError(`Missing: ${missing.join(', ')}. The image is built on Debian.`);
  const cache = cacheFolder('edge');
  mkdirSync(cache, { recursive: true });
  await check(['flock', join(cache, 'lock'), 'bash', join(__dirname, script), ...args], {
    timeoutMs: 600_000,
  });
}

const hashOf = (sources: readonly string[]): string => hashOfSources(__dirname, sources);
