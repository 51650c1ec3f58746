import type { FileHandle } from 'node:fs/promises';
import { Faults, type SimulatedHypervisor } from '@nubo/testing';
import { createHash } from 'node:crypto';
import { SnapshotDriver, SnapshotFailed, type FlatDisk, type SnapshotPlace } from '../snapshots.driver';
import type { GuestState } from '../snapshots.rules';

/** Disks on simulated hosts: every VM's is `content`, and what it leans on is not looked at. */
export class SnapshotsInMemory extends SnapshotDriver {
  readonly faults = new Faults();
  /** What lies on hosts, by image. */
  readonly files = new Map<string, 'copy' | 'flat'>();
  readonly paused = new Set<string>();
  readonly frozen = new Set<string>();
  /** VMs that were paused while their disk was copied. */
  readonly copiedInPeace = new Set<string>();
  hasAgent = true;
  isTooLarge = false;

  constructor(
    private readonly hypervisor: SimulatedHypervisor,
    readonly content: Buffer,
  ) {
    super();
  }

  state({ hostId, vmId, signal }: SnapshotPlace): Promise<GuestState> {
    return this.faults.around('state', () => this.stateOf(hostId, vmId), signal);
  }

  freeze({ vmId, signal }: SnapshotPlace): Promise<boolean> {
    return this.faults.around(
      'freeze',
      () => {
        if (this.paused.has(vmId)) throw new TypeError('libvirt: the domain is paused');
        if (this.hasAgent) this.frozen.add(vmId);
        return this.hasAgent;
      },
      signal,
    );
  }

  pause({ vmId, signal }: SnapshotPlace): Promise<void> {
    return this.faults.around('pause', () => void this.paused.add(vmId), signal);
  }

  goOn({ vmId, signal }: SnapshotPlace): Promise<void> {
    return this.faults.around(
      'goOn',
      () => {
        this.paused.delete(vmId);
        this.frozen.delete(vmId);
      },
      signal,
    );
  }

  copy({ hostId, vmId, imageId, signal }: SnapshotPlace): Promise<void> {
    return this.faults.around(
      'copy',
      () => {
        if (this.stateOf(hostId, vmId) === 'running' && !this.paused.has(vmId))
          throw new TypeError('the guest writes to its disk while it is copied');
        this.files.set(imageId, 'copy');
        this.copiedInPeace.add(vmId);
      },
      signal,
    );
  }

  flatten({ imageId, signal }: SnapshotPlace): Promise<FlatDisk> {
    return this.faults.around(
      'flatten',
      () => {
        if (!this.files.has(imageId)) throw new TypeError('there is no copy');
        if (this.isTooLarge) throw new SnapshotFailed('The image would be larger than is allowed.');
        this.files.set(imageId, 'flat');
        const sha256 = createHash('sha256').update(this.content).digest('hex');
        return { bytes: this.content.length, sha256 };
      },
      signal,
    );
  }

  fetch({ signal }: SnapshotPlace, from: number, file: FileHandle): Promise<void> {
    const rest = this.content.subarray(from);
    return this.faults.around(
      'fetch',
      async () => void (await file.write(rest, 0, rest.length, from)),
      signal,
    );
  }

  remove({ imageId, signal }: SnapshotPlace): Promise<void> {
    return this.faults.around('remove', () => void this.files.delete(imageId), signal);
  }

  private stateOf(hostId: string, vmId: string): GuestState {
    const state = this.hypervisor.vm(hostId, vmId)?.state;
    if (state?.is === 'running') return 'running';
    return state?.is === 'off' && !state.byGuest ? 'cut' : 'off';
  }
}
