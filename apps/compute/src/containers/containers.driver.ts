/** What the platform does to a host for a container. */
import type { PortView } from '@nubo/contracts';
import type { Sample } from '../usage/usage.rules';

/** A container on its host, and the lease under which it is worked on. */
export interface Place {
  hostId: string;
  containerId: string;
  /** Commands under an older fence than the newest that the host has seen are refused. None: for what has no row any more. */
  fence?: number;
  signal?: AbortSignal;
}

/** A NIC as its network namespace needs it. */
export type RuntimeNic = Pick<
  PortView,
  'id' | 'ip' | 'prefix' | 'gateway' | 'dns' | 'mac' | 'mtu' | 'bridge' | 'device'
>;

export interface RuntimeSpec {
  /** What podman calls the image on that host. */
  image: string;
  hostname: string;
  command: string[] | null;
  env: Record<string, string>;
  /** MiB, percent of one CPU, processes. */
  memoryMib: number;
  cpu: number;
  pids: number;
  readOnly: boolean;
  /** The folder below `CONTENT_ROOT` that it sees, read-only. */
  content: string | null;
  ids: { first: number; count: number };
  nics: RuntimeNic[];
}

/** How the last run ended. */
export interface Ended {
  at: Date;
  exitCode: number;
  /** It wanted more memory than it may have. */
  outOfMemory: boolean;
}

/** `ended` is null when it has not run since it was made or its host booted. */
export type RuntimeState =
  { is: 'missing' } | { is: 'running'; since: Date } | { is: 'off'; ended: Ended | null };

export interface FoundContainer {
  containerId: string;
  state: RuntimeState;
  /** Its counters, while it runs. */
  sample?: Sample;
}

/** The runtime says that this cannot be started as it is; trying again changes nothing until somebody acts. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/**
 * Every method may be repeated, does nothing where all is as wanted, and throws when the host refuses or does not
 * answer. Only containers and namespaces of this platform are touched.
 */
export abstract class ContainerRuntime {
  /** Whether the folder of a content lies on the host. */
  abstract hasContent(place: Place, content: string): Promise<boolean>;
  /** Makes the container, and its network; it does not run yet. One that is there stays as it is. */
  abstract create(place: Place, spec: RuntimeSpec): Promise<void>;
  abstract state(place: Place): Promise<RuntimeState>;
  /** In a network of its own, made anew, so that its counters begin with its run. Throws {@link StartRefused}. */
  abstract start(place: Place, nics: RuntimeNic[]): Promise<void>;
  /** TERM, and KILL after `seconds`; it is off then. */
  abstract stop(place: Place, seconds: number): Promise<void>;
  /** Everything of it, running or not, half made or not. `portIds`: its NICs, as far as they are known. */
  abstract remove(place: Place, portIds: string[]): Promise<void>;
  /** Its counters; undefined when it does not run. `devices`: those of its NICs. */
  abstract sample(place: Place): Promise<Sample | undefined>;
  /** The last `lines` lines that it wrote, bounded in bytes. Empty when it never ran. */
  abstract logs(place: Place, lines: number): Promise<string>;
  /** Takes from the host what was begun for a container or an image, and is part of none. */
  abstract tidy(hostId: string, signal?: AbortSignal): Promise<void>;
  /** Throws when the host itself does not answer, whatever podman does. */
  abstract ping(hostId: string, signal?: AbortSignal): Promise<void>;
  /** Every container of this platform that there is anything of on the host. */
  abstract inventory(hostId: string, signal?: AbortSignal): Promise<FoundContainer[]>;
  /**
   * From now on `changed` is told which container ended on the host, and `lost` once when no more will be told. Does
   * nothing when the host is watched already.
   */
  abstract watch(
    hostId: string,
    changed: (containerId: string) => void,
    lost: () => void,
    signal?: AbortSignal,
  ): Promise<void>;
}
