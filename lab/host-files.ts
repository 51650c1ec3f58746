// The files that make a lab host a machine of its own: accounts, SSH keys, libvirt's settings.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lendCapabilities } from './cache';
import { check } from './command';
import { type HostPlan } from './members';

/** What the lab remembers of a host, in its host.json. */
export interface HostRecord extends HostPlan {
  readonly password: string;
  /** `SHA256:…` as ssh-keygen and OpenSSH's client show it. */
  readonly hostKeyFingerprint: string;
}

const LAYERS = ['/etc', '/var/lib', '/var/log', '/var/cache'];
const DATA = ['ssh', 'nubo', 'libvirt', 'libvirt-log', 'libvirt-cache', 'libvirt-qemu', 'root'];
const HOST_KEY = 'ssh_host_ed25519_key';

/** The file of the host in `directory` that the host sees as `path` (below /etc, /var/lib, /var/log or /var/cache). */
export function layerPath(directory: string, path: string): string {
  const layer = LAYERS.find((folder) => path.startsWith(`${folder}/`)) ?? '';
  return join(directory, 'layers', layer, 'upper', path.slice(layer.length));
}

/** Makes all files of a new host in `directory`. */
export async function createHostFiles(directory: string, plan: HostPlan): Promise<HostRecord> {
  const password = randomBytes(12).toString('base64url');
  await makeFolders(directory);
  lendCapabilities(capabilitiesFolder(directory));
  const [hostKeyFingerprint] = await Promise.all([
    createHostKey(directory),
    writeAccounts(directory, password),
    writeSettings(directory, plan),
  ]);
  const record: HostRecord = { ...plan, password, hostKeyFingerprint };
  await saveRecord(directory, record);
  return record;
}

/** Where the libvirt of the host in `directory` keeps what it found out about QEMU. */
export function capabilitiesFolder(directory: string): string {
  return join(directory, 'data/libvirt-cache/qemu/capabilities');
}

/** Writes host.json. */
export async function saveRecord(directory: string, record: HostRecord): Promise<void> {
  await writeFile(join(directory, 'host.json'), JSON.stringify(record), { mode: 0o600 });
}

/** Gives the host in `directory` a new SSH host key; returns its fingerprint. A running sshd reads it on SIGHUP. */
export async function createHostKey(directory: string): Promise<string> {
  const file = join(directory, 'data/ssh', HOST_KEY);
  await rm(file, { force: true });
  await check(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', file], { stdin: 'y\n' });
  return fingerprint(await readFile(`${file}.pub`, 'utf8'));
}

/** The `SHA256:…` fingerprint of a public key line ("ssh-ed25519 <base64> comment"). */
export function fingerprint(publicKey: string): string {
  const blob = Buffer.from(publicKey.trim().split(/\s+/)[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

async function makeFolders(directory: string): Promise<void> {
  const layers = LAYERS.flatMap((layer) => ['upper', 'work'].map((kind) => join('layers', layer, kind)));
  const data = [
    ...DATA,
    'libvirt/images',
    'libvirt-log/qemu',
    'libvirt-cache/qemu/capabilities',
    'libvirt-qemu/networks',
  ];
  const folders = [...layers, ...data.map((name) => join('data', name)), 'data/root/.ssh'];
  for (const folder of [
    ...folders.map((name) => join(directory, name)),
    layerPath(directory, '/etc/libvirt'),
  ]) {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await chmod(folder, 0o755);
  }
  for (const secret of ['data/root', 'data/root/.ssh']) await chmod(join(directory, secret), 0o700);
}

// crypt(3) of perl-base, which is on every Debian; Node has none.
const CRYPT = 'my $p = <STDIN>; print crypt($p, q($6$) . $ARGV[0])';

async function writeAccounts(directory: string, password: string): Promise<void> {
  const hash = await check(['perl', '-e', CRYPT, randomBytes(6).toString('hex')], { stdin: password });
  const shadow = await readFile('/etc/shadow', 'utf8');
  await writeFile(layerPath(directory, '/etc/shadow'), withRootPassword(shadow, hash), { mode: 0o640 });
}

/** A copy of the text of /etc/shadow where root has the given crypt(3) hash and no other account has a password. */
export function withRootPassword(shadow: string, hash: string): string {
  const lines = shadow.split('\n').filter(Boolean);
  const others = lines.map((line) => line.split(':')).filter(([name]) => name !== 'root');
  const locked = others.map(([name, , ...rest]) => [name, '*', ...rest].join(':'));
  return [`root:${hash}:19000:0:99999:7:::`, ...locked, ''].join('\n');
}

async function writeSettings(directory: string, plan: HostPlan): Promise<void> {
  const files: Record<string, string> = {
    '/etc/hostname': `${plan.name}\n`,
    '/etc/hosts': `127.0.0.1 localhost\n::1 localhost\n${plan.address} ${plan.name}\n`,
    '/etc/machine-id': `${randomBytes(16).toString('hex')}\n`,
    '/etc/libvirt/libvirtd.conf': libvirtdConfig(randomUUID()),
    '/etc/libvirt/qemu.conf': QEMU_CONFIG,
  };
  for (const [path, text] of Object.entries(files)) await writeFile(layerPath(directory, path), text);
  await writeFile(join(directory, 'data/ssh/sshd_config'), SSHD_CONFIG);
}

// Debian 12's sshd as it is installed (MaxSessions 10 and MaxStartups 10:30:100 are the built-in defaults), but root may log in
// with a password, and no PAM, which would ask for systemd's session bus.
const SSHD_CONFIG = `HostKey /etc/ssh/${HOST_KEY}
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
`;

// Without systemd there is neither polkit nor a group for the socket. Migration refuses two hosts with one UUID.
function libvirtdConfig(uuid: string): string {
  return `unix_sock_group = "root"
auth_unix_rw = "none"
auth_unix_ro = "none"
host_uuid = "${uuid}"
log_level = 3
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
`;
}

// Several hosts share this machine's users and have no AppArmor; real hosts keep Debian's defaults.
const QEMU_CONFIG = `security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
namespaces = []
stdio_handler = "logd"
vnc_listen = "127.0.0.1"
`;
