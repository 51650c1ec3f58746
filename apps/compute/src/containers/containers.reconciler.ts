import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PortView } from '@nubo/contracts';
import { publicReason } from '@nubo/fleet';
import { gone, settled, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import type { Container } from '../../../../libs/entities/src/compute';
import { answers } from '../instances/instances.rules';
import type { KnownInstance } from '../instances/instances.store';
import { Meter } from '../instances/meter.reconciler';
import { ContainerBuilder } from './container-build.reconciler';
import { ContainerRemoval } from './container-removal.reconciler';
import { ContainerRuntime, StartRefused, type Ended, type RuntimeState } from './containers.driver';
import { afterEnd, DEADLINES, endText, isNews, STEADY_MS, STOP_S } from './containers.rules';
import { ContainerStore, type Task } from './containers.store';

const HOST_DOWN_MS = 15_000;
const STOP_STEP_MS = STOP_S * 1_000 + 30_000;

const HAPPENED = { running: 'started', stopped: 'stopped' } as const;
const silent = ({ name }: { name: string }): string => `Its host ${name} does not answer.`;

/** Makes a container be what its row wants: made and running, started again after it ended, stopped, or gone. */
@Injectable()
export class ContainersReconciler implements Reconciler, OnModuleInit {
  readonly kind = 'container';

  constructor(
    private readonly worker: Worker,
    private readonly store: ContainerStore,
    private readonly runtime: ContainerRuntime,
    private readonly builder: ContainerBuilder,
    private readonly removal: ContainerRemoval,
    private readonly meter: Meter,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const known = await this.store.find(id);
    if (!known) return gone();
    const { row, host } = known;
    const place = { hostId: row.hostId, containerId: id, fence: run.fence };
    if (row.state === 'deleting') return this.removal.run(known, run, place);
    if (!host) return this.hostRemoved(known);
    const task = { ...known, host, run, place };
    return answers(host.state) ? this.converge(task) : this.hostDown(task);
  }

  async expired(id: string, reason: string): Promise<void> {
    const known = await this.store.find(id);
    await this.store.noteFailure(id, publicReason(reason, known?.host ? [known.host] : []));
  }

  private async converge(task: Task): Promise<Outcome> {
    const state = await this.look(task);
    await this.hostIsBack(task);
    return task.row.wantedState === 'running'
      ? this.towardsRunning(task, state)
      : this.towardsStopped(task, state);
  }

  private look({ run, place }: Task): Promise<RuntimeState> {
    return run.step('look at the container', (signal) => this.runtime.state({ ...place, signal }));
  }

  private async towardsRunning(task: Task, state: RuntimeState): Promise<Outcome> {
    const { row } = task;
    if (state.is === 'running') return this.arrivedRunning(task, state.since);
    if (state.is === 'off' && isNews(row, state.ended)) {
      // What was asked for since it was last seen running counts more than how it ended.
      if (row.generation === row.observedGeneration) return this.ended(task, state.ended);
      await this.noteEnd(task, state.ended);
    }
    const restMs = (row.restartAt?.getTime() ?? 0) - Date.now();
    if (restMs > 0) return waiting('its next start', restMs);
    await this.restarting(task);
    const built = await this.builder.ensure(task, state);
    if ('wait' in built) return built.wait;
    await this.start(task, built.ports);
    const now = await this.look(task);
    if (now.is === 'running') return this.arrivedRunning(task, now.since);
    if (now.is === 'off' && isNews(row, now.ended)) return this.ended(task, now.ended);
    return waiting('it to be seen running');
  }

  private async start({ row, run, place }: Task, ports: PortView[]): Promise<void> {
    try {
      await run.step('start the container', (signal) => this.runtime.start({ ...place, signal }, ports));
    } catch (error) {
      if (error instanceof StartRefused) await this.store.noteFailure(row.id, error.message);
      throw error;
    }
  }

  /** It has ended by itself: whether and when it is started again is its restart policy's to say. */
  private async ended(task: Task, ended: Ended): Promise<Outcome> {
    const { row, run } = task;
    const { exitCode, at: endedAt } = ended;
    const next = afterEnd(row, ended, new Date());
    const reason = endText(ended);
    const observedGeneration = row.generation;
    if (!next) {
      const stopped = { state: 'stopped' as const, wantedState: 'stopped' as const, stateReason: reason };
      const changes = { ...stopped, exitCode, endedAt, observedGeneration };
      await run.step('note that it ended', () =>
        this.store.note(row, changes, { event: 'ended', detail: reason }),
      );
      return settled();
    }
    const stateReason = `${reason} It is started again.`;
    const changes = {
      state: 'starting' as const,
      stateReason,
      exitCode,
      endedAt,
      observedGeneration,
      ...next,
    };
    const happening = { event: 'ended' as const, detail: reason };
    const restMs = next.restartAt.getTime() - Date.now();
    await run.step('note that it ended', () =>
      this.store.note(row, changes, happening, restMs + DEADLINES.start),
    );
    return waiting('its next start', restMs);
  }

  private async noteEnd({ row, run }: Task, { exitCode, at: endedAt }: Ended): Promise<void> {
    await run.step('note how it ended', () => this.store.note(row, { exitCode, endedAt }));
  }

  private async towardsStopped(task: Task, seen: RuntimeState): Promise<Outcome> {
    const { row, run, place } = task;
    let state = seen;
    if (state.is === 'running') {
      const sample = (signal: AbortSignal) => this.runtime.sample({ ...place, signal });
      await this.meter.lastCall(run, row.id, sample);
      const stop = (signal: AbortSignal) => this.runtime.stop({ ...place, signal }, STOP_S);
      await run.step('stop the container', stop, STOP_STEP_MS);
      state = await this.look(task);
    }
    if (state.is === 'running') return waiting('it to stop');
    return this.arrivedStopped(task, state.is === 'off' ? state.ended : null);
  }

  private async arrivedRunning({ row, run }: Task, startedAt: Date): Promise<Outcome> {
    const leftMs = startedAt.getTime() + STEADY_MS - Date.now();
    const restarts = leftMs > 0 ? row.restarts : 0;
    const reached = { state: 'running' as const, stateReason: null, observedGeneration: row.generation };
    const changes = { ...reached, startedAt, restarts, restartAt: null };
    const happening = row.state === 'running' ? undefined : { event: HAPPENED.running };
    await run.step('note the state', () => this.store.note(row, changes, happening));
    return settled(restarts > 0 ? leftMs : undefined);
  }

  private async arrivedStopped({ row, run }: Task, ended: Ended | null): Promise<Outcome> {
    const still = row.state === 'stopped';
    const reached = { state: 'stopped' as const, observedGeneration: row.generation };
    const end = ended && { exitCode: ended.exitCode, endedAt: ended.at };
    const changes = { ...reached, stateReason: still ? row.stateReason : null, restartAt: null, ...end };
    const happening = still ? undefined : { event: HAPPENED.stopped };
    await run.step('note the state', () => this.store.note(row, changes, happening));
    return settled();
  }

  /** It ran and is not there or has not run since its host booted: no end of its own. */
  private async restarting({ row, run }: Task): Promise<void> {
    if (row.state !== 'running') return;
    const changes = { state: 'starting' as const, stateReason: 'It had stopped; it is being started again.' };
    await run.step('note that it is down', () =>
      this.store.note(row, changes, { event: 'crashed' }, DEADLINES.start),
    );
  }

  private async hostDown({ row, host }: Task): Promise<Outcome> {
    const happening = { event: 'host-down' as const, detail: host.name };
    const stateReason = silent(host);
    if (row.state !== 'stopped') await this.store.note(row, { stateReason }, happening);
    return waiting(`its host ${host.name}, which does not answer`, HOST_DOWN_MS);
  }

  private async hostIsBack({ row, host, run }: Task): Promise<void> {
    if (row.stateReason !== silent(host)) return;
    const happening = { event: 'host-back' as const, detail: host.name };
    await run.step('note that its host is back', () =>
      this.store.note(row, { stateReason: null }, happening),
    );
  }

  private async hostRemoved({ row }: KnownInstance<Container>): Promise<Outcome> {
    const stateReason = 'Its host was removed from the platform: delete this container.';
    const happening = { event: 'failed' as const, detail: stateReason };
    await this.store.note(row, { state: 'error', stateReason }, happening);
    return settled();
  }
}
