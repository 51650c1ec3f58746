import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Consistency } from '@nubo/contracts';
import { publicReason } from '@nubo/fleet';
import { log } from '@nubo/observability';
import { gone, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import type { Snapshot } from '../../../../libs/entities/src/compute';
import { answers } from '../instances/instances.rules';
import { DiskDelivery } from './disk-delivery.driver';
import {
  COPY_MS,
  FETCH_MS,
  FLATTEN_MS,
  SnapshotDriver,
  SnapshotFailed,
  type SnapshotPlace,
} from './snapshots.driver';
import { consistencyOf, isHeld } from './snapshots.rules';
import { SnapshotStore, type KnownSnapshot } from './snapshots.store';

const HOST_DOWN_MS = 15_000;
const HOLD_MS = 300;
/** A process that stops waits longer for its runs. */
const LAST_MS = 3_000;
/** Shown as the image's progress. */
const PROGRESS = { copied: 20, flat: 50, here: 90 };

/** A snapshot during one run. */
interface Task extends KnownSnapshot {
  run: Run;
}

/**
 * Brings the disk of a VM here, to become an image: holds the VM, copies its disk on the host, lets the VM go, makes the
 * copy stand alone, fetches it. Whatever ends a run in between, the next one begins by letting a paused guest go on.
 */
@Injectable()
export class SnapshotReconciler implements Reconciler, OnModuleInit {
  readonly kind = 'snapshot';

  constructor(
    private readonly worker: Worker,
    private readonly rows: SnapshotStore,
    private readonly driver: SnapshotDriver,
    private readonly delivery: DiskDelivery,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(imageId: string, run: Run): Promise<Outcome> {
    const known = await this.rows.load(imageId);
    if (!known) return gone();
    const task = { ...known, run };
    try {
      return known.image?.state === 'creating' ? await this.advance(task) : await this.end(task);
    } catch (error) {
      if (error instanceof SnapshotFailed) return this.fail(task, error.message);
      if (!run.signal.aborted) await this.note(task, error);
      throw error;
    }
  }

  async expired(imageId: string, reason: string): Promise<void> {
    const known = await this.rows.load(imageId);
    const stateReason = publicReason(reason, known?.host ? [known.host] : []);
    await this.rows.note(imageId, { state: 'error', stateReason });
  }

  private async advance(task: Task): Promise<Outcome> {
    const { snapshot, host, run } = task;
    if (snapshot.delivered) return this.end(task);
    if (!host) throw new SnapshotFailed('The host of the VM was removed from the platform.');
    if (!answers(host.state)) return waiting(`the host ${host.name}, which does not answer`, HOST_DOWN_MS);
    const pending = snapshot.copied ? undefined : await this.copyHeld(task);
    if (pending) return pending;
    const flat = await run.step(
      'make the disk stand alone',
      (s) => this.driver.flatten(placeOf(task, s)),
      FLATTEN_MS,
    );
    await this.rows.note(snapshot.imageId, { progress: PROGRESS.flat, stateReason: null });
    await run.step('fetch the disk', (s) => this.delivery.fetch(placeOf(task, s), flat), FETCH_MS);
    await run.step('note that it is here', () => this.rows.delivered(snapshot.imageId));
    snapshot.delivered = true;
    await this.rows.note(snapshot.imageId, { progress: PROGRESS.here });
    return this.end(task);
  }

  private async copyHeld(task: Task): Promise<Outcome | undefined> {
    const { vm, run, snapshot } = task;
    if (!vm || vm.state === 'deleting') throw new SnapshotFailed(DELETED);
    if (vm.state === 'error')
      throw new SnapshotFailed(`The VM could not be stopped: ${vm.stateReason ?? 'nobody knows why'}`);
    if (!isHeld(vm, snapshot.imageId)) return waiting('the VM to be held', HOLD_MS);
    const consistency = await this.copy(task);
    if (!consistency) return waiting('the guest to be off', HOLD_MS);
    const free = await run.step('let the VM go', () => this.rows.copied(snapshot.imageId, consistency));
    if (!free) throw new SnapshotFailed(DELETED);
    snapshot.copied = true;
    await this.rows.note(snapshot.imageId, { progress: PROGRESS.copied });
    return undefined;
  }

  private async copy(task: Task): Promise<Consistency | undefined> {
    const { run, snapshot } = task;
    const state = await run.step('look at the guest', (s) => this.driver.state(placeOf(task, s)));
    if (state === 'running') return snapshot.quiesce ? this.copyRunning(task) : undefined;
    await run.step('copy the disk', (s) => this.driver.copy(placeOf(task, s)), COPY_MS);
    return consistencyOf(state);
  }

  private async copyRunning(task: Task): Promise<Consistency> {
    const { run } = task;
    await this.goOn(task);
    const frozen = await run.step('freeze the file systems', (s) => this.driver.freeze(placeOf(task, s)));
    try {
      await run.step('pause the guest', (s) => this.driver.pause(placeOf(task, s)));
      await run.step('copy the disk', (s) => this.driver.copy(placeOf(task, s)), COPY_MS);
    } finally {
      await (run.signal.aborted ? this.goOnAtOnce(task) : this.goOn(task));
    }
    return frozen ? 'frozen' : 'crash';
  }

  private goOn(task: Task): Promise<void> {
    return task.run.step('let the guest go on', (s) => this.driver.goOn(placeOf(task, s)));
  }

  /**
   * The run must end, and takes no step any more: still its guest does not stand until the next one. Not when that has
   * begun, which may have paused it anew.
   */
  private async goOnAtOnce(task: Task): Promise<void> {
    const { snapshot, run } = task;
    const signal = AbortSignal.timeout(LAST_MS);
    const going = async (): Promise<void> => {
      if (await this.rows.isTaken(snapshot.imageId, run.fence)) return;
      await this.driver.goOn(placeOf(task, signal));
    };
    await Promise.race([going(), pause(LAST_MS, undefined, { ref: false })]).catch((error: unknown) =>
      log.warn({ err: error, vmId: task.snapshot.vmId }, 'a guest stays paused until its snapshot goes on'),
    );
  }

  private async fail(task: Task, stateReason: string): Promise<Outcome> {
    await this.rows.note(task.snapshot.imageId, { state: 'error', stateReason });
    return this.end(task);
  }

  /**
   * Leaves nothing behind: neither a guest that is paused, nor a VM that is held, nor files on the host, nor a part of
   * the disk here, which would look like an image.
   */
  private async end(task: Task): Promise<Outcome> {
    const { snapshot, host, run } = task;
    const { imageId } = snapshot;
    const reachable = host !== null && answers(host.state);
    if (reachable && snapshot.quiesce && !snapshot.copied) await this.goOn(task);
    await run.step('release the VM', () => this.rows.release(imageId));
    if (host && !reachable) return waiting(`the host ${host.name}, to be cleaned`, HOST_DOWN_MS);
    if (host) await run.step('remove the copies', (s) => this.driver.remove(placeOf(task, s)));
    if (!snapshot.delivered) await run.step('drop what came of the disk', () => this.delivery.drop(imageId));
    await run.step('forget the snapshot', () => this.rows.forget(imageId));
    return gone();
  }

  /** Shown while it is tried again. */
  private async note({ snapshot, host }: Task, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    await this.rows.note(snapshot.imageId, { stateReason: publicReason(reason, host ? [host] : []) });
  }
}

const DELETED = 'The VM was deleted before its disk was copied.';

const placeOf = ({ snapshot, run }: { snapshot: Snapshot; run: Run }, signal: AbortSignal): SnapshotPlace => {
  const { imageId, vmId, hostId, baseImageId } = snapshot;
  return { imageId, vmId, hostId, baseImageId, fence: run.fence, signal };
};
