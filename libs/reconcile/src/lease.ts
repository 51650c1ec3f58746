import { log } from '@nubo/observability';
import type { EntityManager } from 'typeorm';
import { renew, type Claim } from './work-store';

const BEATS_PER_LEASE = 5;

export interface LeaseOptions {
  leaseMs: number;
  /** `performance.now()` before the row was claimed. */
  claimedAt: number;
}

/**
 * Keeps a claim while its run lasts. `signal` is aborted when another worker has taken the work, and before the lease
 * runs out because it could not be renewed: from then on another worker may.
 */
export class Lease {
  private readonly end = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly beatMs: number;
  private renewedAt: number;

  constructor(
    private readonly manager: () => EntityManager,
    private readonly work: Claim,
    private readonly options: LeaseOptions,
  ) {
    this.renewedAt = options.claimedAt;
    this.beatMs = options.leaseMs / BEATS_PER_LEASE;
    this.timer = setInterval(() => void this.beat(), this.beatMs);
  }

  get signal(): AbortSignal {
    return this.end.signal;
  }

  /** Ends the run that holds it. */
  lose(): void {
    this.close();
    this.end.abort();
  }

  /** Nothing is renewed any more. */
  close(): void {
    clearInterval(this.timer);
  }

  private async beat(): Promise<void> {
    const now = performance.now();
    if (now + this.beatMs > this.renewedAt + this.options.leaseMs) return this.lose();
    try {
      if (await renew(this.manager(), this.work, this.options.leaseMs)) this.renewedAt = now;
      else this.lose();
    } catch (error) {
      log.debug({ err: error, resourceId: this.work.resourceId }, 'lease not renewed');
    }
  }
}
