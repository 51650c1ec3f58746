import type { CreateVm, FieldError, VmState } from '@nubo/contracts';
import { nicErrors } from '../instances/instances.rules';

type Wanted = 'running' | 'stopped';

/** How long a guest may take to shut down before its power is cut. */
export const SHUTDOWN_MS = 30_000;

/** How long each transition may take. */
export const DEADLINES = {
  create: 180_000,
  start: 120_000,
  stop: SHUTDOWN_MS + 60_000,
  reboot: SHUTDOWN_MS + 120_000,
  delete: 120_000,
};

/** What may be asked of a VM in each state. What failed may be asked for again. */
const ASKABLE: Record<VmState, readonly Wanted[]> = {
  creating: ['running'],
  starting: ['running', 'stopped'],
  running: ['running', 'stopped'],
  stopping: ['running', 'stopped'],
  rebooting: ['running', 'stopped'],
  stopped: ['running', 'stopped'],
  error: ['running', 'stopped'],
  deleting: [],
};

export const mayAsk = (state: VmState, wanted: Wanted): boolean => ASKABLE[state].includes(wanted);

/** What is being made, started or stopped comes to its end first; one that is off is started, not rebooted. */
const REBOOTABLE: readonly VmState[] = ['running', 'rebooting', 'error'];

export const mayReboot = (state: VmState): boolean => REBOOTABLE.includes(state);

/** Key types of OpenSSH (sshd(8), AUTHORIZED_KEYS FILE FORMAT); certificates and DSA are left out. */
const KEY =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) ([A-Za-z0-9+/]+={0,2})(?: [^\p{Cc}"\\]*)?$/u;

/** A key's blob begins with its type again, as a string with a four-byte length. */
export function isSshKey(key: string): boolean {
  const [, type, base64] = KEY.exec(key) ?? [];
  if (!type || !base64) return false;
  const blob = Buffer.from(base64, 'base64');
  if (blob.length < 4 + type.length + 4) return false;
  return blob.readUInt32BE(0) === type.length && blob.toString('latin1', 4, 4 + type.length) === type;
}

const MAX_USER_DATA = 32_768;

/** What is wrong with a wish beyond the shape of its fields. */
export function createErrors({ nics, sshKeys = [], userData = '' }: CreateVm): FieldError[] {
  const errors: FieldError[] = nicErrors(nics);
  sshKeys.forEach((key, i) => {
    if (!isSshKey(key)) errors.push({ field: `sshKeys.${i}`, message: 'is not an OpenSSH public key' });
  });
  if (Buffer.byteLength(userData) > MAX_USER_DATA)
    errors.push({ field: 'userData', message: `must not be longer than ${MAX_USER_DATA} bytes` });
  return errors;
}

/** Why a VM has a NIC less than it was made with; stays while it runs on. */
export const NIC_LOST = 'A network that it was on was removed by its owner: that NIC is gone.';

/** qemu (werror=enospc) stops a guest whose disk cannot grow. */
export const STUCK =
  'Its host has no room for what it writes to its disk: it stands still until there is some.';

/** Whether a guest that was asked to shut down still has time to do so. */
export function shuttingDown(askedAt: Date | null, now: Date): boolean {
  return askedAt !== null && now.getTime() - askedAt.getTime() < SHUTDOWN_MS;
}

/** The guest powered itself off: it was seen running, nobody asked, and it ended in order. */
export function guestWentOff(
  vm: { state: VmState; stopAskedAt: Date | null },
  domain: { is: string; byGuest?: boolean },
): boolean {
  return domain.is === 'off' && domain.byGuest === true && vm.state === 'running' && vm.stopAskedAt === null;
}
