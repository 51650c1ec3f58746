import { Injectable } from '@nestjs/common';
import type { RouterView } from '@nubo/contracts';
import { log } from '@nubo/observability';
import type { Run } from '@nubo/reconcile';
import type { CdnInstance, CdnRelease } from '../../../../libs/entities/src/cdn';
import { Contents } from '../contents/contents.store';
import { keptReleases } from '../distributions/distributions.rules';
import { DistributionStore, type KnownDistribution } from '../distributions/distributions.store';
import { holdsContent, introductionOf, releaseId, settingsFor } from './delivery.rules';
import { InstanceControl, type InstancePlace, type InstanceStatus } from './instance-control.driver';
import { Shipping } from './shipping.service';

/** A whole content may go out in one step. */
const SHIP_MS = 300_000;

/** An instance that answers. */
interface Reached {
  instance: CdnInstance;
  place: InstancePlace;
  status: InstanceStatus;
}

/** Brings contents to instances, then turns all of them to the wanted release at once. */
@Injectable()
export class DeliveryReconciler {
  constructor(
    private readonly store: DistributionStore,
    private readonly contents: Contents,
    private readonly control: InstanceControl,
    private readonly shipping: Shipping,
  ) {}

  /** Whoever does not answer is noted as down, and brought up to date when it is back. */
  async bring(known: KnownDistribution, router: RouterView, run: Run): Promise<void> {
    const { resting } = known;
    const staying = known.instances.filter(
      ({ id, leaving, address }) => !leaving && address && !resting?.has(id),
    );
    const all = await Promise.all(staying.map((instance) => this.reach(instance, router, run)));
    const reached = all.filter((one) => one !== undefined);
    // The host first: what edges then fetch anew from it must not be what it had before a purge.
    const hosts = reached.filter(({ instance }) => instance.role === 'host');
    const rest = reached.filter((one) => !hosts.includes(one));
    const configure = (one: Reached) => this.configure(known, one, run);
    const configured = [...(await this.each(hosts, configure)), ...(await this.each(rest, configure))];
    const holders = configured.filter(({ instance }) => holdsContent(instance));
    const others = configured.filter((one) => !holders.includes(one));
    const wanted = known.releases.find(({ number }) => number === known.row.release);
    const prepared = wanted ? await this.each(holders, (one) => this.prepare(wanted, one, run)) : holders;
    const active = wanted ? await this.each(prepared, (one) => this.activate(wanted, one, run)) : prepared;
    await this.each([...active, ...others], (one) => this.serving(wanted, one));
    await this.each(active, (one) => this.keep(known, one, run));
  }

  private async reach(instance: CdnInstance, router: RouterView, run: Run): Promise<Reached | undefined> {
    const { hostId, namespace } = router;
    const place = { hostId, namespace, address: instance.address ?? '', token: instance.token };
    try {
      const status = await run.step(`ask the ${instance.role} in ${instance.location}`, (signal) =>
        this.control.status(place, signal),
      );
      return { instance, place, status };
    } catch (error) {
      await this.down(instance, error, run);
      return undefined;
    }
  }

  /** Those that it went well with: one that fails does not hold up the others. */
  private async each(all: Reached[], work: (one: Reached) => Promise<void>): Promise<Reached[]> {
    const results = await Promise.allSettled(all.map(work));
    const well: Reached[] = [];
    for (const [n, result] of results.entries()) {
      const one = all[n];
      if (!one) continue;
      if (result.status === 'fulfilled') well.push(one);
      else await this.down(one.instance, result.reason);
    }
    return well;
  }

  private async down(instance: CdnInstance, error: unknown, run?: Run): Promise<void> {
    if (run?.signal.aborted) throw error;
    const stateReason = error instanceof Error ? error.message : String(error);
    log.info({ instanceId: instance.id, err: error }, 'an instance does not answer');
    if (instance.state === 'creating') return this.store.noteInstance(instance, { stateReason });
    await this.store.noteInstance(instance, { state: 'down', stateReason });
  }

  private async configure(
    known: KnownDistribution,
    { instance, place, status }: Reached,
    run: Run,
  ): Promise<void> {
    const host = known.instances.find(({ role }) => role === 'host');
    const settings = settingsFor(known.row, instance, known.keys, host?.address ?? null);
    if (status.settings !== settings.version)
      await run.step('configure', (signal) => this.control.configure(place, settings, signal));
    if (instance.role !== 'controller') return;
    const all = introductionOf(known.row, known.instances);
    if (status.instances !== all.version)
      await run.step('introduce', (signal) => this.control.introduce(place, all, signal));
  }

  private async prepare(release: CdnRelease, { place, status }: Reached, run: Run): Promise<void> {
    const digest = await this.contents.digest(release);
    const id = releaseId(release.number);
    if (status.releases.some((one) => one.id === id && one.manifest === digest)) return;
    const manifest = await this.contents.of(release);
    const ship = (signal: AbortSignal) => this.shipping.ship(place, manifest, signal);
    const bytes = await run.step(`ship release ${id}`, ship, SHIP_MS);
    await this.store.noteShipped(release.id, bytes);
    await run.step(`prepare release ${id}`, (signal) => this.control.prepare(place, id, manifest, signal));
    status.releases.push({ id, manifest: digest });
  }

  private async activate(release: CdnRelease, { place, status }: Reached, run: Run): Promise<void> {
    const id = releaseId(release.number);
    if (status.release === id) return;
    if (!status.releases.some((one) => one.id === id)) return;
    await run.step(`serve release ${id}`, (signal) => this.control.activate(place, id, signal));
    status.release = id;
  }

  private async serving(release: CdnRelease | undefined, { instance, status }: Reached): Promise<void> {
    const served = status.releases.find(({ id }) => id === status.release);
    const behind = holdsContent(instance) && release && status.release !== releaseId(release.number);
    if (behind) return;
    await this.store.noteInstance(instance, {
      state: 'serving',
      stateReason: null,
      release: served ? Number(served.id) : null,
      manifest: served?.manifest ?? null,
    });
  }

  /** Releases to go back to, also on an instance that was built anew; the others make room. */
  private async keep({ row, releases }: KnownDistribution, one: Reached, run: Run): Promise<void> {
    const kept = keptReleases(releases, row.keepReleases, row.release).filter(
      ({ state }) => state === 'ready',
    );
    for (const release of kept) await this.prepare(release, one, run);
    const ids = new Set(kept.map(({ number }) => releaseId(number)));
    for (const { id } of one.status.releases) {
      if (ids.has(id) || id === one.status.release) continue;
      await run.step(`drop release ${id}`, (signal) => this.control.drop(one.place, id, signal));
    }
  }
}
