// The root file system that tests make containers from: busybox, 1 MB.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache';
import { check } from './command';
import { LabError } from './errors';
import { packages } from './machine';

const BUILD = join(__dirname, 'container', 'build.sh');
const BUSYBOX = '/bin/busybox';

/**
 * Builds the archive unless it is in the cache (0.3 s, in a lab too); returns the path of the tar.gz file. Same sources, same bytes.
 * Inside: `sh`, `httpd`, … of busybox, `/var/www/index.html`, the users root and web (33). Throws a LabError without busybox-static.
 */
export async function containerArchive(): Promise<string> {
  if (!existsSync(BUSYBOX)) {
    throw new LabError(
      `Missing: ${BUSYBOX}. Install with: apt-get install --no-install-recommends ${packages().guest.join(' ')}`,
    );
  }
  const cache = cacheFolder('container');
  const sources = [BUILD, BUSYBOX].map((file) => readFileSync(file));
  const hash = sources.reduce((sum, bytes) => sum.update(bytes), createHash('sha256')).digest('hex');
  const file = join(cache, `${hash.slice(0, 16)}.tar.gz`);
  if (existsSync(file)) return file;
  mkdirSync(cache, { recursive: true });
  await check(['bash', BUILD, file], { timeoutMs: 60_000 });
  return file;
}
