// From our words to libpod's SpecGenerator (pkg/specgen, podman 4.3).
import { type ContainerSpec } from './types';

/** What root inside may do to what is inside. Of the host's network namespace it is not the owner: none of these counts there. */
const CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];
const CPU_PERIOD_US = 100_000;
/** Least that the kernel takes (tg_set_cfs_bandwidth). */
const CPU_QUOTA_MIN_US = 1_000;
const MIB = 1024 * 1024;
/** Control groups of our containers, beside those of the administrator's. */
const CGROUP_PARENT = '/nubo';
const PRIVATE = { nsmode: 'private' };

function limitsOf({ limits }: ContainerSpec): object {
  const quota = Math.max(CPU_QUOTA_MIN_US, Math.round(limits.cpus * CPU_PERIOD_US));
  return {
    memory: { limit: limits.memoryBytes, swap: limits.memoryBytes },
    cpu: { quota, period: CPU_PERIOD_US },
    pids: { limit: limits.pids },
  };
}

function idsOf({ ids }: ContainerSpec): object {
  const map = [{ container_id: 0, host_id: ids.first, size: ids.count }];
  return {
    userns: PRIVATE,
    idmappings: { HostUIDMapping: false, HostGIDMapping: false, UIDMap: map, GIDMap: map },
  };
}

const bindsOf = ({ binds = [] }: ContainerSpec): object[] =>
  binds.map(({ source, path }) => ({
    ...{ destination: path, type: 'bind', source },
    options: ['bind', 'ro', 'nosuid', 'nodev', 'private'],
  }));

const tmpfsOf = ({ tmpfs = [] }: ContainerSpec): object[] =>
  tmpfs.map(({ path, bytes }) => ({
    destination: path,
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['rw', 'nosuid', 'nodev', 'mode=1777', `size=${bytes}`],
  }));

function namesOf({ name, hostname, dns = [], hosts = {} }: ContainerSpec): object {
  return {
    hostname: hostname ?? name,
    hostadd: Object.entries(hosts).map(([host, address]) => `${host}:${address}`),
    ...(dns.length > 0 ? { dns_server: dns } : { use_image_resolve_conf: true }),
  };
}

/** The body of a request to create the container. */
export function specBody(spec: ContainerSpec): object {
  return {
    name: spec.name,
    image: spec.image,
    entrypoint: spec.entrypoint,
    command: spec.command,
    env: spec.env,
    labels: spec.labels,
    user: spec.user,
    work_dir: spec.workdir,
    ...namesOf(spec),
    netns: { nsmode: 'path', value: spec.netns },
    pidns: PRIVATE,
    ipcns: PRIVATE,
    utsns: PRIVATE,
    cgroupns: PRIVATE,
    ...idsOf(spec),
    resource_limits: limitsOf(spec),
    cgroup_parent: CGROUP_PARENT,
    cap_add: CAPABILITIES,
    no_new_privileges: true,
    // The host's own: its network devices and disks are seen there (podman 4.3 binds it when the network namespace is given).
    mask: ['/sys'],
    read_only_filesystem: spec.readOnly ?? false,
    mounts: [...bindsOf(spec), ...tmpfsOf(spec)],
    image_volume_mode: 'ignore',
    restart_policy: 'no',
    systemd: 'false',
    stop_timeout: spec.stopSeconds ?? 10,
    log_configuration: { driver: 'k8s-file', size: spec.logBytes ?? MIB },
  };
}
