import { Injectable } from '@nestjs/common';
import type { RouterView } from '@nubo/contracts';
import type { KnownDistribution } from '../distributions/distributions.store';

/** After that it is looked at everything again, whatever woke the run. */
const RECENT_MS = 10_000;

export interface Look {
  router: RouterView;
  isRecent: boolean;
}

/**
 * What this replica saw last of distributions: a change goes out on the way that was known then, and does not ask all
 * services about all that has not changed. Whoever is not reached on that way is looked for anew.
 */
@Injectable()
export class Looks {
  private readonly looks = new Map<string, { router: RouterView; at: number; instances: string }>();

  note({ row, instances }: KnownDistribution, router: RouterView): void {
    this.looks.set(row.id, { router, at: performance.now(), instances: idsOf(instances) });
  }

  /** Nothing when it was never looked at here. Not recent: instances have come or gone since, or it is long ago. */
  seen({ row, instances }: KnownDistribution): Look | undefined {
    const look = this.looks.get(row.id);
    if (!look) return undefined;
    const isRecent = this.age(row.id) < RECENT_MS && look.instances === idsOf(instances);
    return { router: look.router, isRecent };
  }

  /** How long until it is `everyMs` since the last look. */
  dueIn(id: string, everyMs: number): number {
    return Math.max(0, everyMs - this.age(id));
  }

  forget(id: string): void {
    this.looks.delete(id);
  }

  private age(id: string): number {
    return performance.now() - (this.looks.get(id)?.at ?? -Infinity);
  }
}

const idsOf = (instances: KnownDistribution['instances']): string =>
  instances
    .map(({ id }) => id)
    .sort()
    .join();
