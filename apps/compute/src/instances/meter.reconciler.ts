import { Injectable } from '@nestjs/common';
import { log } from '@nubo/observability';
import type { Run } from '@nubo/reconcile';
import type { Sample } from '../usage/usage.rules';
import { UsageStore, type CountedInstance, type SeenUse } from '../usage/usage.store';

const TRIES = 3;

/** Counts what instances use up: all of a host when it is looked at, and one before it is stopped. */
@Injectable()
export class Meter {
  constructor(private readonly usage: UsageStore) {}

  /** What was counted of the host's instances: read before `count` is given what a later inventory saw. */
  counted(hostId: string): Promise<CountedInstance[]> {
    return this.usage.countedOn(hostId);
  }

  async count(run: Run, before: CountedInstance[], seen: SeenUse[]): Promise<void> {
    await run.step('count what they used', () => this.usage.note(before, seen));
  }

  /** What counters say when it ends is lost with it. Stopping does not wait for a host that does not tell. */
  async lastCall(
    run: Run,
    instanceId: string,
    look: (signal: AbortSignal) => Promise<Sample | undefined>,
  ): Promise<void> {
    await run.step('count what it used', (signal) => this.countOne(instanceId, () => look(signal)));
  }

  private async countOne(instanceId: string, look: () => Promise<Sample | undefined>): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const before = await this.usage.counted(instanceId);
      const sample = before && (await look().catch(untold));
      if (!before || !sample) return;
      const seen: SeenUse = { instanceId, state: { is: 'running' }, sample };
      if ((await this.usage.note([before], [seen])) === 0) return;
    }
  }
}

function untold(error: unknown): undefined {
  log.debug({ err: error }, 'an instance could not be counted before it is stopped');
}
