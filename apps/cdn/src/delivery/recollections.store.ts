import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { InstanceStatus } from './instance-control.driver';

const MOST = 10_000;

/**
 * How this replica left instances. Good for a guess at what they lack, no more: another replica may have told them
 * something since, or they were built anew.
 */
@Injectable()
export class Recollections {
  private readonly statuses = new LRUCache<string, InstanceStatus>({ max: MOST });

  /** A copy. Undefined: nobody here has seen it, or it did not answer when it was asked last. */
  of(instanceId: string): InstanceStatus | undefined {
    return structuredClone(this.statuses.get(instanceId));
  }

  note(instanceId: string, status: InstanceStatus): void {
    this.statuses.set(instanceId, structuredClone(status));
  }

  forget(instanceId: string): void {
    this.statuses.delete(instanceId);
  }
}
