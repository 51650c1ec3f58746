/** Debian packages: named before they are installed; no daemon starts. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quietly, root } from './commands.mjs';
import { isRoot } from './machine.mjs';
import { Failure, say } from './progress.mjs';

/**
 * qemu-img reads images; docker-compose checks docker-compose.yml, lftp, rclone and sshfs are clients of SFTP; curl is the story's
 * client; pebble is an authority to ask for certificates; the lab names its own. A service has web and name server too;
 * systemd-analyze (systemd) checks units.
 */
const FOR_PLATFORM = ['qemu-utils'];
const FOR_SERVICE = [
  'logrotate',
  'nginx-light',
  'libnginx-mod-http-lua',
  'pdns-server',
  'pdns-backend-pgsql',
];
const FOR_TESTS = ['docker-compose', 'lftp', 'rclone', 'sshfs', 'systemd', 'pebble'];
/** Packages with a unit of their own that would start at the next boot. */
const UNITS = { 'nginx-light': 'nginx.service', 'pdns-server': 'pdns.service' };
const FOR_STORY = ['curl'];

export async function ensureDebianPackages(command) {
  const missing = missingOf(neededBy(command));
  if (missing.length === 0) return;
  say(`Debian packages that are missing: ${missing.join(' ')}`);
  if (!hasProgram('apt-get'))
    throw new Failure(`This is no Debian: install yourself what holds ${missing.join(' ')}`);
  if (!isRoot()) throw new Failure(`Install them first: sudo apt-get install ${missing.join(' ')}`);
  await install(missing);
  if (command === 'install-service') stayOff(missing);
}

/** A server that came with our packages is ours to start: without its unit. One that was there before is left alone. */
function stayOff(installed) {
  const units = Object.keys(UNITS).filter((name) => installed.includes(name));
  for (const name of units) spawnSync('systemctl', ['disable', UNITS[name]], { stdio: 'ignore' });
}

function neededBy(command) {
  if (command === 'uninstall-service') return [];
  if (command === 'install-service') return [...FOR_PLATFORM, ...FOR_SERVICE];
  if (['start', 'bench', 'edge-image', 'runtime-images'].includes(command)) return FOR_PLATFORM;
  const { host, guest, slow } = JSON.parse(readFileSync(join(root, 'lab', 'packages.json'), 'utf8'));
  const tests = ['test', 'integration', 'slow'].includes(command) ? FOR_TESTS : [];
  const debianGuest = command === 'slow' ? slow : [];
  return [...new Set([...FOR_PLATFORM, ...FOR_STORY, ...host, ...guest, ...tests, ...debianGuest])];
}

async function install(missing) {
  const guard = join(root, 'scripts', 'without-daemons.sh');
  const patience = ['-o', 'DPkg::Lock::Timeout=300'];
  await quietly('fetching the Debian package lists', 'apt-update', ['apt-get', ...patience, 'update'], QUIET);
  if (isHalfInstalled())
    await quietly(
      'finishing an interrupted installation',
      'dpkg',
      [guard, 'dpkg', '--configure', '-a'],
      QUIET,
    );
  const options = ['install', '-y', '--no-install-recommends', '-o', 'Dpkg::Options::=--force-confold'];
  const what = `installing ${missing.length} Debian packages`;
  await quietly(what, 'apt-install', [guard, 'apt-get', ...patience, ...options, ...missing], QUIET);
}

/** No questions: not from debconf, not from conffiles, not from needrestart. */
const QUIET = {
  DEBIAN_FRONTEND: 'noninteractive',
  DEBCONF_NONINTERACTIVE_SEEN: 'true',
  APT_LISTCHANGES_FRONTEND: 'none',
  NEEDRESTART_MODE: 'l',
  NEEDRESTART_SUSPEND: '1',
};

function missingOf(names) {
  if (!hasProgram('dpkg-query')) return hasProgram('qemu-img') ? [] : names;
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f=${Package} ${db:Status-Status}\n', ...names], {
    encoding: 'utf8',
  });
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !installed.has(name));
}

function isHalfInstalled() {
  return spawnSync('dpkg', ['--audit'], { encoding: 'utf8' }).stdout.trim() !== '';
}

function hasProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, name)));
}
