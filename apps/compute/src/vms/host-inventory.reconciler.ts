import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Fleet } from '@nubo/fleet';
import { log } from '@nubo/observability';
import { gone, settled, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { answers } from '../instances/instances.rules';
import { differing, strangers } from '../instances/inventory.rules';
import { Meter } from '../instances/meter.reconciler';
import type { SeenUse } from '../usage/usage.store';
import { VmRemoval } from './vm-removal.reconciler';
import { Hypervisor, type FoundVm } from './vms.driver';
import { VmStore } from './vms.store';

const EVERY_MS = 30_000;
/** A libvirtd that is started again is back before that. */
const FAULT_AFTER_TRIES = 4;

/** Looks at all VMs of a host at once, and follows its events: finds what nobody was told. */
@Injectable()
export class HostInventory implements Reconciler, OnModuleInit {
  readonly kind = 'host-inventory';

  constructor(
    private readonly worker: Worker,
    private readonly fleet: Fleet,
    private readonly store: VmStore,
    private readonly hypervisor: Hypervisor,
    private readonly removal: VmRemoval,
    private readonly meter: Meter,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(hostId: string, run: Run): Promise<Outcome> {
    const host = await this.fleet.find(hostId);
    if (!host?.roles.includes('compute')) {
      await this.store.forgetLeftover(hostId);
      return gone();
    }
    if (!answers(host.state)) return settled(EVERY_MS);
    const counted = await this.meter.counted(hostId);
    const seen = (await this.look(hostId, run)).map(useOf);
    await this.compare(hostId, seen);
    await this.meter.count(run, counted, seen);
    await this.cleanUp(hostId, seen, run);
    return settled(EVERY_MS);
  }

  /** Nothing but calls of the host may fail in here: a failure is blamed on its libvirt. */
  private async look(hostId: string, run: Run): Promise<FoundVm[]> {
    try {
      await this.watch(hostId, run);
      const seen = await run.step('list the VMs', () => this.hypervisor.inventory(hostId));
      await this.store.noteLibvirt(hostId, null);
      return seen;
    } catch (error) {
      if (run.attempt >= FAULT_AFTER_TRIES) await this.blame(hostId, run, run.reasonOf(error));
      throw error;
    }
  }

  /** A host that answers while its libvirt does not; one that is silent is the health check's to judge. */
  private async blame(hostId: string, run: Run, reason: string): Promise<void> {
    try {
      await run.step('see whether the host answers', (signal) => this.hypervisor.ping(hostId, signal));
    } catch {
      return;
    }
    await this.store.noteLibvirt(hostId, `libvirt does not answer; no new VMs are placed here: ${reason}`);
  }

  /** Before the list, so that nothing can happen unseen between the two. */
  private async watch(hostId: string, run: Run): Promise<void> {
    const changed = (vmId: string): void => this.quietly(this.store.wake([vmId]));
    const lost = (): void => this.quietly(this.store.wakeInventory(hostId));
    await run.step('follow its events', () => this.hypervisor.watch(hostId, changed, lost));
  }

  private async compare(hostId: string, seen: SeenUse[]): Promise<void> {
    const ids = differing(await this.store.onHost(hostId), seen);
    if (ids.length > 0) log.info({ hostId, vms: ids }, 'VMs are not as they should be');
    await this.store.wake(ids);
  }

  /** Files or domains of ours that no row knows: left by a VM that was deleted while the host was away, or by a lost race. */
  private async cleanUp(hostId: string, seen: SeenUse[], run: Run): Promise<void> {
    const known = await this.store.known(seen.map(({ instanceId }) => instanceId));
    const left = new Set([...strangers(seen, known), ...(await this.store.leftovers(hostId))]);
    for (const vmId of left) {
      log.info({ hostId, vmId }, 'removing what is left of a deleted VM');
      await this.removal.clean(run, { hostId, vmId });
      await this.store.forgetLeftover(hostId, vmId);
    }
  }

  private quietly(work: Promise<void>): void {
    work.catch((error: unknown) => log.debug({ err: error }, 'could not wake; the next inventory will'));
  }
}

const useOf = ({ vmId: instanceId, state, sample }: FoundVm): SeenUse => ({ instanceId, state, sample });
