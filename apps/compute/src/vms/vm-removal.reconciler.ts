import { Injectable } from '@nestjs/common';
import { gone, type Outcome, type Run } from '@nubo/reconcile';
import { answers } from '../instances/instances.rules';
import { Meter } from '../instances/meter.reconciler';
import { Ports } from '../instances/ports.driver';
import { Hypervisor, type Place } from './vms.driver';
import { VmStore, type KnownVm } from './vms.store';

/** Removes a VM from whatever half-made state it is in, also when its host is down or was removed. */
@Injectable()
export class VmRemoval {
  constructor(
    private readonly store: VmStore,
    private readonly ports: Ports,
    private readonly hypervisor: Hypervisor,
    private readonly meter: Meter,
  ) {}

  async run({ vm, nics, host }: KnownVm, run: Run, place: Place): Promise<Outcome> {
    const reachable = host !== null && answers(host.state);
    if (reachable) await this.clean(run, place);
    for (const nic of nics) {
      await run.step(`give back port ${nic.position}`, () => this.ports.remove(vm, nic));
    }
    const leftOn = host && !reachable ? host.id : null;
    await run.step('forget the VM', () => this.store.forget(vm, leftOn));
    return gone();
  }

  /** Takes everything of a VM from a host. */
  async clean(run: Run, place: Place): Promise<void> {
    const look = (signal: AbortSignal) => this.hypervisor.sample({ ...place, signal });
    await this.meter.lastCall(run, place.vmId, look);
    await run.step('cut the power', (signal) => this.hypervisor.destroy({ ...place, signal }));
    await run.step('forget the domain', (signal) => this.hypervisor.undefine({ ...place, signal }));
    await run.step('remove its files', (signal) => this.hypervisor.removeFiles({ ...place, signal }));
  }
}
