// The Debian guest image: what people run, with cloud-init; too slow to boot under emulation for all but the slow tests.
import { cachedImage, TOOLS } from './image';
import { packages } from './machine';

/** Builds Debian 12 with cloud-init unless it is in the cache (1.5 min or more); returns the path of the qcow2 file. */
export function debianImage(say?: (line: string) => void): Promise<string> {
  const recipe = {
    folder: 'guest-debian',
    tools: [...TOOLS, 'mmdebstrap'],
    packages: [...packages().guest, ...packages().slow],
    command: 'debian-image',
    timeoutMs: 1_800_000,
  };
  return cachedImage(recipe, say);
}
