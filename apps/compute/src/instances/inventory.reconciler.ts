import type { Container, Vm } from '../../../../libs/entities/src/compute';
import { type Fleet } from '@nubo/fleet';
import { log } from '@nubo/observability';
import { gone, settled, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import type { SeenUse } from '../usage/usage.store';
import { answers } from './instances.rules';
import type { InstanceStore } from './instances.store';
import { differing, strangers } from './inventory.rules';
import type { Meter } from './meter.reconciler';

const EVERY_MS = 30_000;
/** A daemon that is started again is back before that. */
const FAULT_AFTER_TRIES = 4;

export interface Instances {
  fleet: Fleet;
  store: InstanceStore<Vm> | InstanceStore<Container>;
  meter: Meter;
  /** As people read them. */
  plural: 'VMs' | 'containers';
  /** What runs them on hosts. */
  runtime: 'libvirt' | 'podman';
}

/** Looks at all VMs, or containers, of a host at once, and follows its events: finds what nobody was told. */
export abstract class InstanceInventory implements Reconciler {
  abstract readonly kind: string;

  constructor(private readonly instances: Instances) {}

  async run(hostId: string, run: Run): Promise<Outcome> {
    const { fleet, store, meter } = this.instances;
    const host = await fleet.find(hostId);
    if (!host?.roles.includes('compute')) {
      await store.forgetLeftover(hostId);
      return gone();
    }
    if (host.state === 'deleting') return this.clear(hostId, run);
    if (!answers(host.state)) return settled(EVERY_MS);
    const counted = await meter.counted(hostId);
    const seen = await this.look(hostId, run);
    await this.compare(hostId, seen);
    await meter.count(run, counted, seen);
    await this.cleanUp(hostId, seen, run);
    await this.tidy?.(hostId, run);
    return settled(EVERY_MS);
  }

  /** Everything that there is on the host of instances of this platform. */
  protected abstract list(hostId: string, signal: AbortSignal): Promise<SeenUse[]>;
  protected abstract watch(
    hostId: string,
    changed: (instanceId: string) => void,
    lost: () => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Takes everything of an instance from the host. */
  protected abstract clean(hostId: string, instanceId: string, run: Run): Promise<void>;
  /** Throws when the host itself does not answer. */
  protected abstract ping(hostId: string, signal: AbortSignal): Promise<void>;

  /** Takes from the host what belongs to no instance at all. */
  protected tidy?(hostId: string, run: Run): Promise<void>;

  /** A host that is to go is only rid of what was left on it; its own reconciler asks again as long as it waits for that. */
  private async clear(hostId: string, run: Run): Promise<Outcome> {
    const { plural, store } = this.instances;
    try {
      await this.removeAll(hostId, await store.leftovers(hostId), run);
    } catch (error) {
      run.signal.throwIfAborted();
      log.info({ err: error, hostId }, `what is left of deleted ${plural} could not be removed`);
    }
    return settled();
  }

  /** Nothing but calls of the host may fail in here: a failure is blamed on what runs instances there. */
  private async look(hostId: string, run: Run): Promise<SeenUse[]> {
    const { plural, store } = this.instances;
    try {
      await this.follow(hostId, run);
      const seen = await run.step(`list the ${plural}`, (signal) => this.list(hostId, signal));
      await store.noteFault(hostId, null);
      return seen;
    } catch (error) {
      if (run.attempt >= FAULT_AFTER_TRIES) await this.blame(hostId, run, run.reasonOf(error));
      throw error;
    }
  }

  /** A host that answers while its libvirt or podman does not; one that is silent is the health check's to judge. */
  private async blame(hostId: string, run: Run, reason: string): Promise<void> {
    const { plural, runtime, store } = this.instances;
    try {
      await run.step('see whether the host answers', (signal) => this.ping(hostId, signal));
    } catch {
      return;
    }
    await store.noteFault(hostId, `${runtime} does not answer; no new ${plural} are placed here: ${reason}`);
  }

  /** Before the list, so that nothing can happen unseen between the two. */
  private async follow(hostId: string, run: Run): Promise<void> {
    const { store } = this.instances;
    const changed = (instanceId: string): void => quietly(store.wake([instanceId]));
    const lost = (): void => quietly(store.wakeInventory(hostId));
    await run.step('follow its events', (signal) => this.watch(hostId, changed, lost, signal));
  }

  private async compare(hostId: string, seen: SeenUse[]): Promise<void> {
    const { plural, store } = this.instances;
    const ids = differing(await store.onHost(hostId), seen);
    if (ids.length > 0) log.info({ hostId, ids }, `${plural} are not as they should be`);
    await store.wake(ids);
  }

  /** What no row knows: left by one that was deleted while the host was away, or by a lost race. */
  private async cleanUp(hostId: string, seen: SeenUse[], run: Run): Promise<void> {
    const { store } = this.instances;
    const known = await store.known(seen.map(({ instanceId }) => instanceId));
    const left = new Set([...strangers(seen, known), ...(await store.leftovers(hostId))]);
    await this.removeAll(hostId, left, run);
  }

  private async removeAll(hostId: string, left: Iterable<string>, run: Run): Promise<void> {
    const { plural, store } = this.instances;
    for (const instanceId of left) {
      log.info({ hostId, instanceId }, `removing what is left of deleted ${plural}`);
      await this.clean(hostId, instanceId, run);
      await store.forgetLeftover(hostId, instanceId);
    }
  }
}

function quietly(work: Promise<void>): void {
  work.catch((error: unknown) => log.debug({ err: error }, 'could not wake; the next inventory will'));
}
