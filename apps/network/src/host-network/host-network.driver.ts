import type { Batch } from './actions';
import type { HostActual } from './actual';

/** Why a batch was not done, in the host's words. */
export interface BatchFailure {
  key: string;
  reason: string;
}

export interface ApplyOptions {
  /** A host refuses an older one than it has seen. */
  fence: number;
  signal: AbortSignal;
}

/** The networks of hosts, as the reconciler reaches them. Both throw when the host cannot be reached. */
export abstract class HostNetworkDriver {
  /** What is there of ours, seen at once. */
  abstract read(hostId: string, signal: AbortSignal): Promise<HostActual>;

  /** Does the batches in their order. A batch that fails does not keep the next from being done. */
  abstract apply(hostId: string, batches: Batch[], options: ApplyOptions): Promise<BatchFailure[]>;
}
