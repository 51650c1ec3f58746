import { Injectable } from '@nestjs/common';
import type { RouterView } from '@nubo/contracts';
import { log } from '@nubo/observability';
import type { Run } from '@nubo/reconcile';
import type { CdnInstance, CdnRelease } from '../../../../libs/entities/src/cdn';
import { Contents } from '../contents/contents.store';
import type { Manifest } from '../contents/manifest.rules';
import { keptReleases } from '../distributions/distributions.rules';
import { DistributionStore, type KnownDistribution } from '../distributions/distributions.store';
import { holdsContent, introductionOf, releaseId, settingsFor } from './delivery.rules';
import { InstanceControl, type InstancePlace, type InstanceStatus } from './instance-control.driver';
import { Recollections } from './recollections.store';
import { Shipping } from './shipping.service';

/** A whole content may go out in one step. */
const SHIP_MS = 300_000;

/** An instance that answers. */
interface Reached {
  instance: CdnInstance;
  place: InstancePlace;
  status: InstanceStatus;
}

interface Turn {
  run: Run;
  /** Nobody was asked: what instances have is what they had when they were left. */
  guessed: boolean;
}

/** Brings contents to instances, then turns all of them to the wanted release at once. */
@Injectable()
export class DeliveryReconciler {
  constructor(
    private readonly store: DistributionStore,
    private readonly contents: Contents,
    private readonly control: InstanceControl,
    private readonly shipping: Shipping,
    private readonly recollections: Recollections,
  ) {}

  /** Whoever does not answer is noted as down, and brought up to date when it is back. */
  async bring(known: KnownDistribution, router: RouterView, run: Run): Promise<void> {
    await this.hasten(known, router, run);
    const staying = stayingOf(known);
    const all = await Promise.all(staying.map((instance) => this.reach(instance, router, run)));
    const reached = all.filter((one) => one !== undefined);
    const { active, others } = await this.tell(known, reached, { run, guessed: false });
    const wanted = wantedOf(known);
    await this.each([...active, ...others], (one) => this.serving(wanted, one));
    const kept = await this.each(active, (one) => this.keep(known, one, run));
    for (const { instance, status } of [...kept, ...others]) this.recollections.note(instance.id, status);
  }

  /**
   * What is new goes out before anybody is asked, by what is remembered of instances: one round trip less. Whatever is
   * not as it was remembered ends it, and `bring` finds out.
   */
  private async hasten(known: KnownDistribution, router: RouterView, run: Run): Promise<void> {
    const all = stayingOf(known).flatMap((instance): Reached[] => {
      const status = this.recollections.of(instance.id);
      return status ? [{ instance, place: placeOf(instance, router), status }] : [];
    });
    if (known.row.origin && !all.some(({ instance }) => instance.role === 'host')) return;
    try {
      await this.tell(known, all, { run, guessed: true });
      for (const { instance, status } of all) this.recollections.note(instance.id, status);
    } catch (error) {
      if (run.signal.aborted) throw error;
      log.info({ err: error, resourceId: known.row.id }, 'an instance is not as it was left');
      for (const { instance } of all) this.recollections.forget(instance.id);
    }
  }

  private async tell(
    known: KnownDistribution,
    reached: Reached[],
    turn: Turn,
  ): Promise<{ active: Reached[]; others: Reached[] }> {
    const each = (all: Reached[], work: (one: Reached) => Promise<void>): Promise<Reached[]> =>
      turn.guessed ? allWell(all, work) : this.each(all, work);
    // The host first: what edges then fetch anew from it must not be what it had before a purge.
    const hosts = reached.filter(({ instance }) => instance.role === 'host');
    const rest = reached.filter((one) => !hosts.includes(one));
    const configure = (one: Reached) => this.configure(known, one, turn.run);
    const told = await each(hosts, configure);
    const isDue = mayBeTold(known, told);
    const configured = [...told, ...(await each(rest.filter(isDue), configure))];
    const holders = configured.filter(({ instance }) => holdsContent(instance));
    const heldBack = rest.filter((one) => !isDue(one));
    const others = [...heldBack, ...configured.filter((one) => !holders.includes(one))];
    const wanted = wantedOf(known);
    if (!wanted) return { active: holders, others };
    const prepared = await each(holders, (one) => this.prepare([known, wanted], one, turn));
    return { active: await each(prepared, (one) => this.activate(wanted, one, turn.run)), others };
  }

  private async reach(instance: CdnInstance, router: RouterView, run: Run): Promise<Reached | undefined> {
    const place = placeOf(instance, router);
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
    this.recollections.forget(instance.id);
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
    status.settings = settings.version;
    if (instance.role !== 'controller') return;
    const all = introductionOf(known.row, known.instances);
    if (status.instances !== all.version)
      await run.step('introduce', (signal) => this.control.introduce(place, all, signal));
    status.instances = all.version;
  }

  private async prepare(
    [known, release]: [KnownDistribution, CdnRelease],
    { place, status }: Reached,
    { run, guessed }: Turn,
  ): Promise<void> {
    const digest = await this.contents.digest(release);
    const id = releaseId(release.number);
    if (status.releases.some((one) => one.id === id && one.manifest === digest)) return;
    const manifest = await this.contents.of(release);
    const there = guessed ? await this.remembered(known, status) : undefined;
    const ship = (signal: AbortSignal) => this.shipping.ship(place, { manifest, there }, signal);
    const bytes = await run.step(`ship release ${id}`, ship, SHIP_MS);
    await Promise.all([
      this.store.noteShipped(release.id, bytes),
      run.step(`prepare release ${id}`, (signal) => this.control.prepare(place, id, manifest, signal)),
    ]);
    status.releases.push({ id, manifest: digest });
  }

  /** What it had when it was left; undefined while it served nothing. */
  private async remembered(
    { releases }: KnownDistribution,
    status: InstanceStatus,
  ): Promise<Manifest[] | undefined> {
    if (status.release === null) return undefined;
    const there = new Set(status.releases.map(({ id }) => id));
    const kept = releases.filter(({ number }) => there.has(releaseId(number)));
    return Promise.all(kept.map((release) => this.contents.of(release)));
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
  private async keep(known: KnownDistribution, one: Reached, run: Run): Promise<void> {
    const { row, releases } = known;
    const kept = keptReleases(releases, row.keepReleases, row.release).filter(
      ({ state }) => state === 'ready',
    );
    for (const release of kept) await this.prepare([known, release], one, { run, guessed: false });
    const ids = new Set(kept.map(({ number }) => releaseId(number)));
    const old = one.status.releases.filter(({ id }) => !ids.has(id) && id !== one.status.release);
    // Somebody may want one of these by now.
    if (old.length === 0 || (await this.store.hasMoved(row))) return;
    for (const { id } of old) {
      await run.step(`drop release ${id}`, (signal) => this.control.drop(one.place, id, signal));
      one.status.releases = one.status.releases.filter((release) => release.id !== id);
    }
  }
}

/** Those that are to be there, and run as far as anybody knows. */
const stayingOf = ({ instances, resting }: KnownDistribution): CdnInstance[] =>
  instances.filter(({ id, leaving, address }) => !leaving && address && !resting?.has(id));

const wantedOf = ({ row, releases }: KnownDistribution): CdnRelease | undefined =>
  releases.find(({ number }) => number === row.release);

const placeOf = ({ address, token }: CdnInstance, { hostId, namespace }: RouterView): InstancePlace => ({
  hostId,
  namespace,
  address: address ?? '',
  token,
});

/** What edges fetch anew after a purge must not come from a host that has not heard of it: they wait with it. */
const mayBeTold =
  ({ row }: KnownDistribution, hosts: Reached[]) =>
  ({ instance, status }: Reached): boolean =>
    !row.origin || hosts.length > 0 || instance.role !== 'edge' || !status.settings;

/** Throws the first failure, but not before all have ended. */
async function allWell(all: Reached[], work: (one: Reached) => Promise<void>): Promise<Reached[]> {
  const results = await Promise.allSettled(all.map(work));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return all;
}
