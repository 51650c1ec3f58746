import { Injectable, type OnModuleInit } from '@nestjs/common';
import { NuboError } from '@nubo/contracts';
import { gone, settled, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { oldReleases } from '../distributions/distributions.rules';
import {
  DISTRIBUTION,
  DistributionStore,
  type KnownDistribution,
} from '../distributions/distributions.store';
import { TrafficReconciler } from '../traffic/traffic.reconciler';
import { downReason } from './delivery.rules';
import { DeliveryReconciler } from './delivery.reconciler';
import { InstancesReconciler } from './instances.reconciler';
import { Looks } from './looks.store';
import { Surroundings } from './surroundings.driver';

/** The controller leaves out an edge that dies by itself; here it is only mended. */
const LOOK_MS = 15_000;
const LOOK_SOON_MS = 2_000;
const BUILD_MS = 500;

/** Makes a distribution be what its rows want: a network, instances, contents; or nothing. */
@Injectable()
export class DistributionReconciler implements Reconciler, OnModuleInit {
  readonly kind = DISTRIBUTION;

  constructor(
    private readonly worker: Worker,
    private readonly store: DistributionStore,
    private readonly instances: InstancesReconciler,
    private readonly delivery: DeliveryReconciler,
    private readonly traffic: TrafficReconciler,
    private readonly surroundings: Surroundings,
    private readonly looks: Looks,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const known = await this.store.load(id);
    if (!known) return gone();
    return known.row.state === 'deleting' ? this.remove(known, run) : this.converge(known, run);
  }

  async expired(id: string, reason: string): Promise<void> {
    await this.store.noteFailure(id, reason);
  }

  private async converge(known: KnownDistribution, run: Run): Promise<Outcome> {
    try {
      const seen = known.row.observedGeneration > 0 ? this.looks.seen(known) : undefined;
      // What stands already is brought up to date first: a change does not wait for a look at the rest.
      if (seen) await this.delivery.bring(known, seen.router, run);
      if (!seen?.isRecent || isBehind(known)) {
        if (!(await this.look(known, run, seen !== undefined))) return waiting('what is wanted since', 0);
      }
      await this.forgetReleases(known, run);
    } catch (error) {
      if (isFinal(error)) await this.store.noteFailure(known.row.id, error.message);
      throw error;
    }
    return this.outcome(known, run);
  }

  /**
   * At everything that there has to be, also where it should be all right. False: somebody wants something else by now,
   * and does not wait for the rest of it.
   */
  private async look(known: KnownDistribution, run: Run, brought: boolean): Promise<boolean> {
    const stood = known.row.observedGeneration > 0;
    const { router } = await this.instances.network(known, run);
    const parts = [
      () => this.instances.ensure(known, run),
      async () => {
        if (!brought || isBehind(known)) await this.delivery.bring(known, router, run);
      },
      async () => {
        if (stood) await this.traffic.collect(known, router, run);
      },
    ];
    for (const part of parts) {
      if (brought && (await this.store.hasMoved(known.row))) return false;
      await part();
    }
    this.looks.note(known, router);
    return true;
  }

  private async outcome({ row, instances, releases }: KnownDistribution, run: Run): Promise<Outcome> {
    const staying = instances.filter(({ leaving }) => !leaving);
    const reason = downReason(staying);
    const failed = releases.at(-1)?.state === 'error' ? releases.at(-1)?.stateReason : undefined;
    if (row.release === null && !row.origin) return this.empty(row.id, failed ?? undefined);
    const first = row.observedGeneration === 0;
    const waited = first
      ? reason
      : staying.some(({ role, state }) => role === 'edge' && state === 'serving')
        ? null
        : reason;
    if (waited) return waiting(waited, BUILD_MS);
    const told = reason ?? (failed ? `The newest release failed: ${failed}` : null);
    await run.step('note the state', () => this.store.note(row, 'ready', told));
    if (reason || instances.length > staying.length) return settled(LOOK_SOON_MS);
    return settled(this.looks.dueIn(row.id, LOOK_MS));
  }

  /** Its first content has not come, or never will. */
  private async empty(id: string, failed?: string): Promise<Outcome> {
    if (!failed) return waiting('its content', LOOK_SOON_MS);
    await this.store.noteFailure(id, `Its content: ${failed}`);
    return settled(LOOK_MS);
  }

  private async forgetReleases({ row, releases }: KnownDistribution, run: Run): Promise<void> {
    if (oldReleases(releases, row).length === 0) return;
    await run.step('forget old releases', () => this.store.forgetReleases(row.id));
  }

  private async remove(known: KnownDistribution, run: Run): Promise<Outcome> {
    const left = await this.instances.remove(known, known.instances, run);
    if (left.length > 0) return waiting(`${left.length} instances to go`, BUILD_MS);
    await run.step('discard the network', () => this.surroundings.discardNetwork(known.row));
    await run.step('forget the distribution', () => this.store.forget(known.row.id));
    this.looks.forget(known.row.id);
    return gone();
  }
}

/** Something is not as it shall be: it has to be looked at. */
const isBehind = ({ instances, resting }: KnownDistribution): boolean =>
  (resting?.size ?? 0) > 0 ||
  instances.some(
    (one) => one.leaving || one.state !== 'serving' || !one.address || (one.mappingId && !one.url),
  );

/** Nothing gets better by trying again soon. */
const isFinal = (error: unknown): error is NuboError =>
  error instanceof NuboError && ['invalid', 'exhausted', 'forbidden', 'not_found'].includes(error.kind);
