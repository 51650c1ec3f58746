// What is sent to a host around a command: one shell language, one locale, an end on the host too, a fence.
import { raw, sh, type ShellCommand } from './shell';

/** After this time on top of the caller's the host ends the command itself, so that none lingers unseen, seconds. */
const GRACE_SECONDS = 1;
/** Between TERM and KILL, seconds. */
const KILL_AFTER_SECONDS = 5;

const LOCALE = 'export LC_ALL=C.UTF-8';

/** EX_TEMPFAIL of sysexits.h. */
export const FENCE_EXIT = 75;
export const FENCE_REFUSED = 'nubo-fence: refused, newest is';
const FENCE_BUSY = 'nubo-fence: busy';

/**
 * $1 folder, $2 file, $3 fence, $4 seconds to wait for the lock, $5 command.
 * The lock lies on the file with the number; the file may be removed while we wait for it, hence the loop. The number is
 * written over the old one, not after a truncation, so that a kill in between leaves one of the two.
 * The command does not get the lock's descriptor: a daemon that it starts would hold the lock for ever. And it is not
 * the last command here: the shell would replace itself by it and so let the lock go.
 */
const FENCE = `${LOCALE}
[ -d "$1" ] || (umask 077; mkdir -p "$1") || exit 74
while :; do
  exec 9<>"$2" || exit 74
  flock -w "$4" 9 || { echo '${FENCE_BUSY}' >&2; exit ${FENCE_EXIT}; }
  [ /proc/self/fd/9 -ef "$2" ] && break
done
read -r stored <&9 || stored=0
[ "$stored" -le "$3" ] 2>/dev/null || { echo "${FENCE_REFUSED} $stored" >&2; exit ${FENCE_EXIT}; }
echo "$3" 1<>"$2" || exit 74
/bin/sh -c "$5" 9>&-
exit $?`;

/** $1 file, $2 seconds to wait for the lock. */
const FORGET = `${LOCALE}
[ -e "$1" ] || exit 0
exec 9<>"$1" || exit 74
flock -w "$2" 9 || { echo '${FENCE_BUSY}' >&2; exit ${FENCE_EXIT}; }
rm -f "$1"
exit $?`;

export interface Fence {
  /** Folder on the host. */
  folder: string;
  resource: string;
  fence: number;
}

const RESOURCE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/;

function fileOf(folder: string, resource: string): string {
  if (!RESOURCE.test(resource)) throw new TypeError(`"${resource}" cannot name a fenced resource`);
  return `${folder}/${resource}`;
}

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** The command itself, in a POSIX shell. */
export function plainScript(command: ShellCommand): ShellCommand {
  return sh`/bin/sh -c ${`${LOCALE}\n${command.text}`}`;
}

/** The command under its resource's lock, refused when a newer fence was seen. Throws TypeError on a bad name or number. */
export function fencedScript(command: ShellCommand, fence: Fence, timeoutMs: number): ShellCommand {
  if (!Number.isSafeInteger(fence.fence) || fence.fence < 0) {
    throw new TypeError(`a fence is a whole number, not ${fence.fence}`);
  }
  // The same width always, so that a smaller number never leaves digits of the one before.
  const number = String(fence.fence).padStart(20, '0');
  const args = [fence.folder, fileOf(fence.folder, fence.resource), number, seconds(timeoutMs), command.text];
  return sh`/bin/sh -c ${FENCE} nubo ${args}`;
}

/** Removes what the fence of a resource left. */
export function forgetScript(folder: string, resource: string, timeoutMs: number): ShellCommand {
  return sh`/bin/sh -c ${FORGET} nubo ${[fileOf(folder, resource), seconds(timeoutMs)]}`;
}

/** The line for sshd: ends on the host too, and as root when the user is not. */
export function remoteLine(script: ShellCommand, timeoutMs: number, sudo: boolean): string {
  const as = sudo ? raw('sudo -n -- ') : raw('');
  const limit = seconds(timeoutMs) + GRACE_SECONDS;
  return sh`exec ${as}timeout -k ${KILL_AFTER_SECONDS} ${limit} ${script}`.text;
}
