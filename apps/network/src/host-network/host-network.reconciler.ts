import { Injectable, type OnModuleInit } from '@nestjs/common';
import { unavailable } from '@nubo/contracts';
import { Fleet, HostsAccess, type Host } from '@nubo/fleet';
import { gone, settled, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import type { Batch } from './actions';
import { diff } from './diff.rules';
import { HostFactsStore } from './host-facts.store';
import { HostNetworkDriver, type BatchFailure } from './host-network.driver';
import { isUsable } from './host-network.rules';
import { HostOutcomeStore } from './host-outcome.store';
import { HOST_NETWORK } from './host-work.store';
import { expecting, outcomeOf, remadeVpcs } from './outcome.rules';
import { planOf } from './plan.rules';

const RECHECK_MS = 30_000;
const READ_TIMEOUT_MS = 15_000;

/** Everything of ours in a host's network, planned and compared as a whole. What is wanted is read under the lease. */
@Injectable()
export class HostNetworkReconciler implements Reconciler, OnModuleInit {
  readonly kind = HOST_NETWORK;

  constructor(
    private readonly worker: Worker,
    private readonly fleet: Fleet,
    private readonly hosts: HostsAccess,
    private readonly facts: HostFactsStore,
    private readonly outcomes: HostOutcomeStore,
    private readonly driver: HostNetworkDriver,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(hostId: string, run: Run): Promise<Outcome> {
    const host = await this.fleet.find(hostId);
    if (!host) {
      this.hosts.drop(hostId);
      return gone();
    }
    if (!isUsable(host.state)) return waiting(`host ${host.name}, which is ${host.state}`, RECHECK_MS);
    const failures = await this.bringAbout(host, run);
    if (failures.length > 0) throw refusal(failures);
    return settled(RECHECK_MS);
  }

  private async bringAbout(host: Host, run: Run): Promise<BatchFailure[]> {
    const [facts, actual] = await run.step(
      'compare what is wanted with the host',
      (signal) => Promise.all([this.facts.read(host), this.driver.read(host.id, signal)]),
      READ_TIMEOUT_MS,
    );
    const batches = diff(planOf(facts), actual);
    const remade = remadeVpcs(facts, batches);
    await this.outcomes.expectRouters(remade);
    const failures = await this.program(host.id, batches, run);
    const outcome = outcomeOf(expecting(facts, remade), new Set(failures.map(({ key }) => key)));
    await run.step('note what is true now', () => this.outcomes.note(outcome));
    return failures;
  }

  private async program(hostId: string, batches: Batch[], run: Run): Promise<BatchFailure[]> {
    if (batches.length === 0) return [];
    return run.step('program the host', (signal) =>
      this.driver.apply(hostId, batches, { fence: run.fence, signal }),
    );
  }
}

function refusal(failures: BatchFailure[]) {
  const reasons = failures.map(({ key, reason }) => `${key}: ${reason}`).join('; ');
  return unavailable('host_refused', `could not program ${reasons}`);
}
