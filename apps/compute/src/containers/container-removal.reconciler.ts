import { Injectable } from '@nestjs/common';
import { gone, type Outcome, type Run } from '@nubo/reconcile';
import type { Container } from '../../../../libs/entities/src/compute';
import { answers } from '../instances/instances.rules';
import type { KnownInstance } from '../instances/instances.store';
import { Meter } from '../instances/meter.reconciler';
import { Ports } from '../instances/ports.driver';
import { ContainerRuntime, type Place } from './containers.driver';
import { ContainerStore } from './containers.store';

/** Removes a container from whatever half-made state it is in, also when its host is down or was removed. */
@Injectable()
export class ContainerRemoval {
  constructor(
    private readonly store: ContainerStore,
    private readonly ports: Ports,
    private readonly runtime: ContainerRuntime,
    private readonly meter: Meter,
  ) {}

  async run({ row, nics, host }: KnownInstance<Container>, run: Run, place: Place): Promise<Outcome> {
    const reachable = host !== null && answers(host.state);
    const portIds = nics.map(({ portId }) => portId);
    if (reachable) await this.clean(run, place, portIds);
    for (const nic of nics) {
      await run.step(`give back port ${nic.position}`, () => this.ports.remove(row, nic));
    }
    const leftOn = host && !reachable ? host.id : null;
    await run.step('forget the container', () => this.store.forget(row, leftOn));
    return gone();
  }

  /** Takes everything of a container from a host. */
  async clean(run: Run, place: Place, portIds: string[] = []): Promise<void> {
    const look = (signal: AbortSignal) => this.runtime.sample({ ...place, signal });
    await this.meter.lastCall(run, place.containerId, look);
    await run.step('remove the container', (signal) => this.runtime.remove({ ...place, signal }, portIds));
  }
}
