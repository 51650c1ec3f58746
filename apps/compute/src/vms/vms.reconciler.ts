import { Injectable, type OnModuleInit } from '@nestjs/common';
import { publicReason } from '@nubo/fleet';
import { gone, settled, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { answers } from '../instances/instances.rules';
import { Meter } from '../instances/meter.reconciler';
import { VmBuilder } from './vm-build.reconciler';
import { VmRemoval } from './vm-removal.reconciler';
import { Hypervisor, type DomainState } from './vms.driver';
import { DEADLINES, guestWentOff, NIC_LOST, shuttingDown, STUCK } from './vms.rules';
import { VmStore, type KnownVm, type Task } from './vms.store';

const HOST_DOWN_MS = 15_000;
const ASK_AGAIN_MS = 2_000;
const STUCK_MS = 5_000;

const HAPPENED = { running: 'started', stopped: 'stopped' } as const;
const silent = ({ name }: { name: string }): string => `Its host ${name} does not answer.`;

/** Makes a VM be what its row wants: built and running, shut down, or gone. */
@Injectable()
export class VmsReconciler implements Reconciler, OnModuleInit {
  readonly kind = 'vm';

  constructor(
    private readonly worker: Worker,
    private readonly store: VmStore,
    private readonly hypervisor: Hypervisor,
    private readonly builder: VmBuilder,
    private readonly removal: VmRemoval,
    private readonly meter: Meter,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const known = await this.store.load(id);
    if (!known) return gone();
    const { vm, host } = known;
    const place = { hostId: vm.hostId, vmId: id, fence: run.fence };
    if (vm.state === 'deleting') return this.removal.run(known, run, place);
    if (!host) return this.hostRemoved(known);
    if (!answers(host.state)) return this.hostDown({ ...known, host, run, place });
    const task = { ...known, host, run, place };
    return vm.heldBy ? this.held(task) : this.converge(task);
  }

  async expired(id: string, reason: string): Promise<void> {
    const known = await this.store.load(id);
    await this.store.noteFailure(id, publicReason(reason, known?.host ? [known.host] : []));
  }

  private async converge(task: Task): Promise<Outcome> {
    const { run, place, vm } = task;
    const state = await run.step('look at the domain', (signal) =>
      this.hypervisor.state({ ...place, signal }),
    );
    await this.hostIsBack(task);
    if (vm.restart) return this.reboot(task, state);
    return vm.wantedState === 'running' ? this.towardsRunning(task, state) : this.towardsStopped(task, state);
  }

  /** A snapshot keeps it off, or as it is. The generation tells the snapshot that this run knows of it. */
  private async held(task: Task): Promise<Outcome> {
    const { run, place, vm } = task;
    if (vm.hold === 'off') {
      const look = (signal: AbortSignal) => this.hypervisor.state({ ...place, signal });
      return this.towardsStopped(task, await run.step('look at the domain', look));
    }
    const observedGeneration = vm.generation;
    await run.step('note that it is held', () => this.store.note(vm, { observedGeneration }));
    return settled();
  }

  private async towardsRunning(task: Task, state: DomainState): Promise<Outcome> {
    const { vm, run, place } = task;
    if (state.is === 'running') {
      if (state.stuck) return this.letGoOn(task);
      if (!shuttingDown(vm.stopAskedAt, new Date())) return this.arrived(task, 'running');
      return waiting('the guest, which was asked to shut down before');
    }
    if (guestWentOff(vm, state)) return this.stoppedByGuest(task);
    await this.restarting(task);
    const missing = await this.builder.ensure(task, state);
    if (missing) return missing;
    await run.step('start the domain', (signal) => this.hypervisor.start({ ...place, signal }));
    return this.arrived(task, 'running');
  }

  /** A guest that stands still for want of room on its host is let go on until there is some. */
  private async letGoOn({ vm, run, place }: Task): Promise<Outcome> {
    await run.step('note that it stands still', () => this.store.note(vm, { stateReason: STUCK }));
    await run.step('let the guest go on', (signal) => this.hypervisor.resume({ ...place, signal }));
    return waiting('the guest to go on', STUCK_MS);
  }

  private async towardsStopped(task: Task, state: DomainState): Promise<Outcome> {
    return (await this.bringDown(task, state)) ?? this.arrived(task, 'stopped');
  }

  /** Off, and then on like any other VM that is to run: a new start also reads a changed definition. */
  private async reboot(task: Task, state: DomainState): Promise<Outcome> {
    const { vm, run } = task;
    const pending = await this.bringDown(task, state);
    if (pending) return pending;
    const down = { restart: null, stopAskedAt: null };
    await run.step('note that it is off', () => this.store.note(vm, down));
    return this.towardsRunning(task, state.is === 'missing' ? state : { is: 'off', byGuest: false });
  }

  /** Undefined when it is off. The guest is asked first; its power is cut when it takes too long, or at once. */
  private async bringDown(task: Task, state: DomainState): Promise<Outcome | undefined> {
    const { vm, run, place } = task;
    if (state.is !== 'running') return undefined;
    const look = (signal: AbortSignal) => this.hypervisor.sample({ ...place, signal });
    await this.meter.lastCall(run, vm.id, look);
    const patient = !vm.stopAskedAt || shuttingDown(vm.stopAskedAt, new Date());
    if (vm.restart !== 'hard' && patient) return this.askToShutDown(task);
    await run.step('cut the power', (signal) => this.hypervisor.destroy({ ...place, signal }));
    return undefined;
  }

  /** Again and again: a guest that has not booted yet does not hear it. */
  private async askToShutDown({ vm, run, place }: Task): Promise<Outcome> {
    await run.step('ask the guest to shut down', (signal) => this.hypervisor.shutdown({ ...place, signal }));
    const stopAskedAt = vm.stopAskedAt ?? new Date();
    await run.step('note when it was asked', () => this.store.note(vm, { stopAskedAt }));
    return waiting('the guest to shut down', ASK_AGAIN_MS);
  }

  private async arrived({ vm, run }: Task, state: 'running' | 'stopped'): Promise<Outcome> {
    const observedGeneration = vm.generation;
    const still = vm.state === 'stopped' && state === 'stopped';
    const stateReason = still || vm.stateReason === NIC_LOST ? vm.stateReason : null;
    const changes = { state, stateReason, stopAskedAt: null, observedGeneration };
    const happening = vm.state === state ? undefined : { event: HAPPENED[state] };
    await run.step('note the state', () => this.store.note(vm, changes, happening));
    return settled();
  }

  /** Whoever powers a guest off from within means it. */
  private async stoppedByGuest({ vm, run }: Task): Promise<Outcome> {
    const stateReason = 'The guest shut itself down.';
    const changes = { wantedState: 'stopped' as const, state: 'stopped' as const, stateReason };
    await run.step('note that the guest went off', () =>
      this.store.note(vm, changes, { event: 'guest-off' }),
    );
    return settled();
  }

  /** It ran and it does not: a crash, a power cut, a reboot of its host. It is started again. */
  private async restarting({ vm, run }: Task): Promise<void> {
    if (vm.state !== 'running') return;
    const changes = { state: 'starting' as const, stateReason: 'It had stopped; it is being started again.' };
    await run.step('note that it is down', () =>
      this.store.note(vm, changes, { event: 'crashed' }, DEADLINES.start),
    );
  }

  private async hostDown({ vm, host }: Task): Promise<Outcome> {
    const happening = { event: 'host-down' as const, detail: host.name };
    const stateReason = silent(host);
    if (vm.state !== 'stopped') await this.store.note(vm, { stateReason }, happening);
    return waiting(`its host ${host.name}, which does not answer`, HOST_DOWN_MS);
  }

  private async hostIsBack({ vm, host, run }: Task): Promise<void> {
    if (vm.stateReason !== silent(host)) return;
    const happening = { event: 'host-back' as const, detail: host.name };
    await run.step('note that its host is back', () => this.store.note(vm, { stateReason: null }, happening));
  }

  private async hostRemoved({ vm }: KnownVm): Promise<Outcome> {
    const stateReason = 'Its host was removed from the platform: delete this VM.';
    const happening = { event: 'failed' as const, detail: stateReason };
    await this.store.note(vm, { state: 'error', stateReason }, happening);
    return settled();
  }
}
