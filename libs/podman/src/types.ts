/** What a container is made from. Nothing of the host is in it but what is named here. */
export interface ContainerSpec {
  /** Letters, digits and `_.-`, beginning with a letter or a digit; one per host. */
  name: string;
  /** An image's id or reference; it must be on the host, nothing is ever pulled. */
  image: string;
  /** What runs in place of the image's own entry point; the image's when it is left out. */
  entrypoint?: readonly string[];
  /** The arguments of the entry point, or the program when there is none; the image's own when it is left out. */
  command?: readonly string[];
  env?: Readonly<Record<string, string>>;
  labels?: Readonly<Record<string, string>>;
  /** Default: the name. */
  hostname?: string;
  /** `user`, `uid` or `uid:gid` inside; default: the image's. */
  user?: string;
  workdir?: string;
  /** Path of a network namespace of the host, such as `/run/netns/nc-0a1b2c3d`. It must be there whenever the container starts. */
  netns: string;
  /** Addresses of name servers; the image's own resolv.conf is used when there are none. */
  dns?: readonly string[];
  /** Names and their addresses, for /etc/hosts. */
  hosts?: Readonly<Record<string, string>>;
  limits: ContainerLimits;
  ids: IdRange;
  /** The root file system cannot be written. Where it can, nothing but the host's disk bounds what a container writes. */
  readOnly?: boolean;
  /** Folders of the host that are seen inside, read-only: no devices, no set-user-id programs. They must be there when it is made. */
  binds?: readonly { source: string; path: string }[];
  /** File systems in memory, which count towards the memory limit. */
  tmpfs?: readonly { path: string; bytes: number }[];
  /** How long `stop` waits between TERM and KILL, seconds; default 10. */
  stopSeconds?: number;
  /** The log begins anew at this size, bytes; default 1 MiB. */
  logBytes?: number;
}

export interface ContainerLimits {
  /** Bytes, swap included; what wants more is killed. */
  memoryBytes: number;
  /** Of one processor: 0.5 is half of one. */
  cpus: number;
  /** Processes and threads. */
  pids: number;
}

/** The ids of users and groups inside, from 0 to `count` - 1, are `first` and those that follow on the host. */
export interface IdRange {
  /** 65,536 at least: what runs outside of containers has lower ids. */
  first: number;
  count: number;
}

/** libpod's names (define.ContainerStatus, podman 4.3); `configured` = podman was killed while it made it, or before its first start. */
export type ContainerState =
  | 'created'
  | 'configured'
  | 'initialized'
  | 'running'
  | 'paused'
  | 'stopping'
  | 'stopped'
  | 'exited'
  | 'removing'
  | 'unknown';

/** What a list says of a container. */
export interface ContainerSummary {
  id: string;
  name: string;
  imageId: string;
  state: ContainerState;
  labels: Record<string, string>;
  /** Of the last run; 0 when there was none. */
  exitCode: number;
  startedAt?: Date;
  exitedAt?: Date;
}

/** What podman knows of one container. */
export interface ContainerDetail extends ContainerSummary {
  /** On the host, of the first process inside; undefined when none runs. */
  pid?: number;
  /** The last run ended for want of memory, as far as podman noticed: with cgroups v1 it may not. The exit code is 137 then, too. */
  oomKilled: boolean;
  /** What podman or the runtime said when a start failed. */
  error?: string;
}

/** Counters of one running container since its start; of network cards, read the port's device on the host. */
export interface ContainerStats {
  id: string;
  name: string;
  /** Processor time, nanoseconds. */
  cpuNs: bigint;
  memoryBytes: number;
  memoryLimitBytes: number;
  pids: number;
  diskReadBytes: number;
  diskWrittenBytes: number;
}

/** What an image made of a root file system says of itself. */
export interface ImageDefaults {
  entrypoint?: readonly string[];
  command?: readonly string[];
  env?: Readonly<Record<string, string>>;
  labels?: Readonly<Record<string, string>>;
  user?: string;
  workdir?: string;
}

export interface ImageInfo {
  /** sha256 of its configuration, 64 hex digits. */
  id: string;
  /** References such as `localhost/nubo:4f…`; none when they were given to another image. */
  names: string[];
  labels: Record<string, string>;
  /** Unpacked. */
  sizeBytes: number;
}

/** A turn in a container's life. */
export interface ContainerEvent {
  /** libpod's word: `create`, `init`, `start`, `died`, `remove`, `cleanup`, … */
  action: string;
  id: string;
  name: string;
  /** With `died`. */
  exitCode?: number;
  labels: Record<string, string>;
  at: Date;
}

/** One line that a container said, without its end. */
export interface LogLine {
  stream: 'stdout' | 'stderr';
  at: Date;
  text: string;
}

/** What a program run inside a container did. */
export interface ExecResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CallOptions {
  /** For this call alone, milliseconds, everything included. */
  timeoutMs?: number;
  /** The call is given up and rejects with the signal's reason; whether it has or will have its effect is not known. */
  signal?: AbortSignal;
}
