/** What the platform does to a host for a VM. */
import type { DomainSpec } from './domain.rules';
import type { Sample } from '../usage/usage.rules';
import type { SeedDocuments } from './seed.rules';

/** A VM on its host, and the lease under which it is worked on. */
export interface Place {
  hostId: string;
  vmId: string;
  /** Commands under an older fence than the newest that the host has seen are refused. None: for what has no row any more. */
  fence?: number;
  signal?: AbortSignal;
}

/**
 * `byGuest`: it is off because the guest shut itself down, or did as it was asked. `stuck`: qemu has stopped the guest,
 * whose disk could not be written.
 */
export type DomainState =
  { is: 'missing' } | { is: 'running'; stuck?: boolean } | { is: 'off'; byGuest: boolean };

export interface FoundVm {
  vmId: string;
  state: DomainState;
  /** Its counters, while it runs. */
  sample?: Sample;
}

/** A VM's domain has stopped, crashed or been forgotten. */
export type LifecycleListener = (vmId: string) => void;

/**
 * Every method may be repeated, does nothing where all is as wanted, and throws when the host refuses or does not
 * answer. Only domains and files of this platform are touched.
 */
export abstract class Hypervisor {
  /** The VM's own disk: `sizeGib` on top of the image's file. One that is there stays as it is. */
  abstract ensureDisk(place: Place, image: string, sizeGib: number): Promise<void>;
  /** The NoCloud seed. One that is there stays as it is. */
  abstract ensureSeed(place: Place, documents: SeedDocuments): Promise<void>;
  abstract define(place: Place, spec: DomainSpec): Promise<void>;
  abstract state(place: Place): Promise<DomainState>;
  abstract start(place: Place): Promise<void>;
  /** Asks the guest to shut down; it does later, or never. */
  abstract shutdown(place: Place): Promise<void>;
  /** Lets a guest go on that is stuck; it is again at once while there is no room. */
  abstract resume(place: Place): Promise<void>;
  /** Cuts the power. */
  abstract destroy(place: Place): Promise<void>;
  abstract undefine(place: Place): Promise<void>;
  abstract removeFiles(place: Place): Promise<void>;
  /** Its counters; undefined when it does not run. */
  abstract sample(place: Place): Promise<Sample | undefined>;
  /** The end of what the guest has written to its console: at least `lines` lines, bounded in bytes. Empty when it never ran. */
  abstract consoleLog(place: Place, lines: number): Promise<string>;
  /** Throws when the host itself does not answer, whatever libvirt does. */
  abstract ping(hostId: string, signal?: AbortSignal): Promise<void>;
  /** Every VM of this platform that has a domain or files on the host. */
  abstract inventory(hostId: string): Promise<FoundVm[]>;
  /**
   * From now on `changed` is told which VM stopped on the host, and `lost` once when no more will be told. Does nothing
   * when the host is watched already.
   */
  abstract watch(hostId: string, changed: LifecycleListener, lost: () => void): Promise<void>;
}
