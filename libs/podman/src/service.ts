// Podman's API service of a host: our own, beside whatever podman the host's administrator uses.
import { type Duplex } from 'node:stream';
import { raw, RemoteError, sh, type RemoteHost } from '@nubo/remote';
import { PodmanClient } from './client';

/** Where it listens. */
export const PODMAN_SOCKET = '/run/nubo/podman.sock';
/** Images and what containers wrote. */
export const PODMAN_STORAGE = '/var/lib/nubo/containers';
export const SETTINGS = '/var/lib/nubo/podman';
export const STORAGE_SETTINGS = `${SETTINGS}/storage.conf`;
/** Gone after a reboot, as podman wants it: so it sees that nothing runs. */
export const RUN = '/run/nubo/podman';

/**
 * `default_sysctls`: the default sets ping_group_range, which fails in a user namespace. `base_hosts_file` and
 * `host_containers_internal_ip`: the host's names and address are not the containers' business. `lock_type`: the default
 * is a segment of memory that every podman of the host shares. `events_logger`, `log_driver`: journald is not everywhere.
 */
const CONTAINERS_CONF = `[containers]
base_hosts_file = "none"
default_capabilities = []
default_sysctls = []
host_containers_internal_ip = "none"
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
image_copy_tmp_dir = "${PODMAN_STORAGE}/tmp"
lock_type = "file"
runtime = "crun"
tmp_dir = "${RUN}/libpod"
`;
const STORAGE_CONF = `[storage]
driver = "overlay"
graphroot = "${PODMAN_STORAGE}"
runroot = "${RUN}/storage"
`;

/** It ends by itself when nobody has asked anything for so long, seconds. */
const IDLE_S = 300;

/** Its command line. */
export const SERVICE = `podman system service --time=${IDLE_S} unix://${PODMAN_SOCKET}`;

/** For a podman of ours. */
export const SETTINGS_ENV = sh`export CONTAINERS_CONF=${`${SETTINGS}/containers.conf`} CONTAINERS_STORAGE_CONF=${STORAGE_SETTINGS}`;

/** For one that is being killed to be gone. */
const LOCK_S = 1;

/**
 * The lock is flock's, not podman's: containers would inherit it and hold it for ever. A container's first process has
 * an id that may not pass folders of root's: 0711 lets it through and shows it nothing. The socket of a service that is
 * killed is taken away by whoever starts the next one, at any moment.
 */
const START = sh`set -e
command -v podman >/dev/null || { echo 'podman is not installed' >&2; exit 127; }
umask 077
mkdir -p ${SETTINGS} ${PODMAN_STORAGE}/tmp ${RUN}
chmod 0711 /var/lib/nubo /run/nubo ${PODMAN_STORAGE} ${RUN}
cd ${SETTINGS}
printf %s ${CONTAINERS_CONF} >"new.$$"
mv "new.$$" containers.conf
printf %s ${STORAGE_CONF} >"new.$$"
mv "new.$$" storage.conf
cd /
${SETTINGS_ENV}
flock -n ${`${RUN}/lock`} rm -f ${PODMAN_SOCKET} || :
setsid --fork flock -w ${LOCK_S} -o ${`${RUN}/lock`} ${raw(SERVICE)} \
  </dev/null >${`${RUN}/service.log`} 2>&1
i=0
until chown "\${SUDO_UID:-0}" ${PODMAN_SOCKET} 2>/dev/null; do
  [ $i -lt 200 ] || { tail -n 5 ${`${RUN}/service.log`} >&2; exit 1; }
  i=$((i + 1)); sleep 0.05
done`;

const START_MS = 30_000;
/** A socket's file may be there a moment before it accepts, or be one of a service that was killed. */
const TRIES = 5;

/** A stream to the service of the host, which is started if it does not run. */
async function openSocket(host: RemoteHost, signal: AbortSignal): Promise<Duplex> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await host.openUnix([PODMAN_SOCKET], { signal });
    } catch (error) {
      if (!(error instanceof RemoteError) || error.kind !== 'exit' || attempt > TRIES) throw error;
      await host.run(START, { signal, timeoutMs: START_MS });
    }
  }
}

/**
 * The podman of a host. Its methods reject with RemoteError, too: the host was not reached, or podman's service could not
 * be started there (`exit`).
 */
export function podmanOn(host: RemoteHost): PodmanClient {
  return new PodmanClient((signal) => openSocket(host, signal));
}
