// Takes podman's service of ours, its settings and its storage from a host.
import { raw, sh, type ShellCommand } from '@nubo/remote';
import { PODMAN_SOCKET, PODMAN_STORAGE, RUN, SERVICE, SETTINGS, SETTINGS_ENV } from './service';

/** Until the lock of a service that was killed is free, seconds. */
const LOCK_S = 5;

/** Also whoever waits for the service's lock to start it; one of them may have it a moment after the service is killed. */
const END_SERVICE = raw(`service_processes() { for process in /proc/[0-9]*; do
  case $(tr '\\0' ' ' <"$process/cmdline" 2>/dev/null) in *"$service ") echo "\${process#/proc/}" ;; esac
done; }
for pass in $(seq 50); do
  ours=$(service_processes)
  [ -n "$ours" ] || break
  kill -9 $ours
  sleep 0.1
done`);

/** podman (4.3) leaves mounts below its storage, as those of a container that was killed. */
const WIPE =
  raw(`umount_all() { cut -d' ' -f2 /proc/mounts | grep "^$storage/" | sort -r | xargs -r -n 1 umount -l; }
umount_all
rm -rf --one-file-system "$storage" "$settings" "$run" "$socket"`);

/** podman (4.3) fails to remove and to list a container that another of its processes is just clearing away. */
const TRIES = 5;
const PAUSE_S = 0.5;

/**
 * A command that leaves nothing of it: containers that carry `label` (`key=value`) are removed, running or not. While
 * there are others, which are another platform's, the storage stays. Harmless when nothing is there. Exits with 1 when
 * podman does not remove them or does not say what there is.
 */
export function removePodman(label: string): ShellCommand {
  return sh`storage=${PODMAN_STORAGE} settings=${SETTINGS} run=${RUN} socket=${PODMAN_SOCKET} service=${SERVICE}
[ -d "$storage" ] && command -v podman >/dev/null || exit 0
${SETTINGS_ENV}
tries=0
until ours=$(podman ps -aq --filter ${`label=${label}`}) && theirs=$(podman ps -aq) && [ -z "$ours" ]; do
  [ $tries -lt ${TRIES} ] || exit 1
  tries=$((tries + 1))
  [ -n "$ours" ] && podman rm -f -t 0 $ours >/dev/null || sleep ${PAUSE_S}
done
[ -z "$theirs" ] || exit 0
${END_SERVICE}
exec 9>"$run/lock" && flock -w ${LOCK_S} 9 || exit 1
${WIPE}`;
}
