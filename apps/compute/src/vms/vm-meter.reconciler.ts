import { Injectable } from '@nestjs/common';
import { log } from '@nubo/observability';
import type { Run } from '@nubo/reconcile';
import { UsageStore, type CountedInstance, type SeenUse } from '../usage/usage.store';
import { Hypervisor, type FoundVm, type Place } from './vms.driver';

const TRIES = 3;

/** Counts what VMs use up: all of a host when it is looked at, and one VM before it is stopped. */
@Injectable()
export class VmMeter {
  constructor(
    private readonly usage: UsageStore,
    private readonly hypervisor: Hypervisor,
  ) {}

  /** What was counted of the host's VMs: read before `count` is given what a later inventory saw. */
  counted(hostId: string): Promise<CountedInstance[]> {
    return this.usage.countedOn(hostId);
  }

  async count(run: Run, before: CountedInstance[], seen: FoundVm[]): Promise<void> {
    await run.step('count what they used', () => this.usage.note(before, seen.map(useOf)));
  }

  /** What counters say when a domain ends is lost with it. Stopping does not wait for a host that does not tell. */
  async lastCall(run: Run, place: Place): Promise<void> {
    await run.step('count what it used', (signal) => this.countOne({ ...place, signal }));
  }

  private async countOne(place: Place): Promise<void> {
    const { vmId } = place;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const before = await this.usage.counted(vmId);
      const sample = before && (await this.hypervisor.sample(place).catch(untold));
      if (!before || !sample) return;
      if ((await this.usage.note([before], [useOf({ vmId, state: { is: 'running' }, sample })])) === 0)
        return;
    }
  }
}

const useOf = ({ vmId: instanceId, state, sample }: FoundVm): SeenUse => ({ instanceId, state, sample });

function untold(error: unknown): undefined {
  log.debug({ err: error }, 'a VM could not be counted before it is stopped');
}
