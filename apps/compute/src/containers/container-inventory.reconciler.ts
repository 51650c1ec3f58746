import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Fleet } from '@nubo/fleet';
import { log } from '@nubo/observability';
import { gone, settled, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { answers } from '../instances/instances.rules';
import { differing, strangers } from '../instances/inventory.rules';
import { Meter } from '../instances/meter.reconciler';
import type { SeenUse } from '../usage/usage.store';
import { ContainerRemoval } from './container-removal.reconciler';
import { ContainerRuntime, type FoundContainer } from './containers.driver';
import { ContainerStore } from './containers.store';

const EVERY_MS = 30_000;

/** Looks at all containers of a host at once, and follows its events: finds what nobody was told. */
@Injectable()
export class ContainerInventory implements Reconciler, OnModuleInit {
  readonly kind = 'container-inventory';

  constructor(
    private readonly worker: Worker,
    private readonly fleet: Fleet,
    private readonly store: ContainerStore,
    private readonly runtime: ContainerRuntime,
    private readonly removal: ContainerRemoval,
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
    await this.watch(hostId, run);
    const seen = await run.step('list the containers', () => this.runtime.inventory(hostId));
    const uses = seen.map(useOf);
    await this.compare(hostId, uses);
    await this.meter.count(run, counted, uses);
    await this.cleanUp(hostId, uses, run);
    return settled(EVERY_MS);
  }

  /** Before the list, so that nothing can happen unseen between the two. */
  private async watch(hostId: string, run: Run): Promise<void> {
    const changed = (containerId: string): void => this.quietly(this.store.wake([containerId]));
    const lost = (): void => this.quietly(this.store.wakeInventory(hostId));
    await run.step('follow its events', () => this.runtime.watch(hostId, changed, lost));
  }

  private async compare(hostId: string, seen: SeenUse[]): Promise<void> {
    const ids = differing(await this.store.onHost(hostId), seen);
    if (ids.length > 0) log.info({ hostId, containers: ids }, 'containers are not as they should be');
    await this.store.wake(ids);
  }

  /** What no row knows: left by one that was deleted while the host was away, or by a lost race. */
  private async cleanUp(hostId: string, seen: SeenUse[], run: Run): Promise<void> {
    const known = await this.store.known(seen.map(({ instanceId }) => instanceId));
    const left = new Set([...strangers(seen, known), ...(await this.store.leftovers(hostId))]);
    for (const containerId of left) {
      log.info({ hostId, containerId }, 'removing what is left of a deleted container');
      await this.removal.clean(run, { hostId, containerId });
      await this.store.forgetLeftover(hostId, containerId);
    }
  }

  private quietly(work: Promise<void>): void {
    work.catch((error: unknown) => log.debug({ err: error }, 'could not wake; the next inventory will'));
  }
}

const useOf = ({ containerId, state, sample }: FoundContainer): SeenUse => ({
  instanceId: containerId,
  state: { is: state.is },
  ...(sample && { sample }),
});
