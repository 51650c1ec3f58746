// What the lab needs from the machine it runs on.
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemEnv } from './command';
import { LabError } from './errors';

const PROGRAMS = [
  'ip',
  'nsenter',
  'unshare',
  'setpriv',
  'ssh-keygen',
  'sshd',
  'libvirtd',
  'virtlogd',
  'qemu-img',
  'qemu-system-x86_64',
  'nft',
  'nginx',
  'pdns_server',
  'dig',
  'podman',
  'crun',
  'perl',
];

/** Debian packages: `host` for lab hosts, `guest` for the builder of the guest image, `slow` for what only slow tests need. */
export interface Packages {
  readonly host: readonly string[];
  readonly guest: readonly string[];
  readonly slow: readonly string[];
}

/** The Debian packages the lab needs, from packages.json. */
export function packages(): Packages {
  return JSON.parse(readFileSync(join(__dirname, 'packages.json'), 'utf8')) as Packages;
}

/** Throws a LabError that says what to do when this is not root on Linux or a program is missing. */
export function requireMachine(): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new LabError('The lab needs Linux and root.');
  const missing = missingPrograms(PROGRAMS);
  if (missing.length === 0) return;
  throw new LabError(
    `Missing: ${missing.join(', ')}. Install with: apt-get install --no-install-recommends ${packages().host.join(' ')}`,
  );
}

/** Those of the programs that are on no folder of PATH. */
export function missingPrograms(names: readonly string[]): string[] {
  const folders = (systemEnv().PATH ?? '').split(':').filter(Boolean);
  return names.filter((name) => !folders.some((folder) => isExecutable(join(folder, name))));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
