import { Injectable } from '@nestjs/common';
import type { PortView } from '@nubo/contracts';
import { waiting, type Outcome } from '@nubo/reconcile';
import { ImageCopies } from '../images/image-copies.service';
import type { DomainSpec } from './domain.rules';
import { NicBuilder } from '../instances/nic-build.reconciler';
import type { Happening } from '../instances/timeline.store';
import { seedDocuments } from './seed.rules';
import { Hypervisor, type DomainState } from './vms.driver';
import { VmStore, type Task } from './vms.store';

/** A lost event must not cost more than this. */
const PORT_RECHECK_MS = 500;
const IMAGE_RECHECK_MS = 500;

/** Everything that a VM needs before it can be started: ports, disk, seed, domain. */
@Injectable()
export class VmBuilder {
  constructor(
    private readonly store: VmStore,
    private readonly nics: NicBuilder,
    private readonly images: ImageCopies,
    private readonly hypervisor: Hypervisor,
  ) {}

  /** What is still waited for, or undefined when the domain may be started. One that is defined stays so until a NIC goes. */
  async ensure(task: Task, state: DomainState): Promise<Outcome | undefined> {
    const { vm: instance, nics, run } = task;
    const failed = (reason: string) => this.store.noteFailure(instance.id, reason);
    const ports = await this.nics.ensure({ instance, nics, run, failed });
    if (state.is === 'missing') {
      const trouble = (reason: string) => this.store.noteTrouble(instance, task.host, reason);
      const image = await this.images.ensure(instance, run, trouble);
      if (!image) return waiting('the image to reach the host', IMAGE_RECHECK_MS);
      await this.tell(task, { event: 'image-ready', detail: `on ${task.host.name}` });
      await this.ensureFiles(task, image, ports);
    }
    if (state.is === 'missing' || task.vm.redefine) await this.define(task, ports);
    const pending = ports.filter((port) => port.state !== 'active');
    if (pending.length > 0) return waiting('the network of its host', PORT_RECHECK_MS);
    await this.tell(task, { event: 'ports-ready', detail: ports.map(({ ip }) => ip).join(', ') });
    return undefined;
  }

  /** Only while it is made: a VM has its ports and its image but once. */
  private async tell({ vm, run }: Task, happening: Happening): Promise<void> {
    if (vm.observedGeneration > 0) return;
    await run.step(`tell of ${happening.event}`, () => this.store.noteOnce(vm, happening));
  }

  private async ensureFiles({ vm, run, place }: Task, image: string, ports: PortView[]): Promise<void> {
    const seed = seedDocuments(vm, ports);
    await run.step('ensure the disk', (signal) =>
      this.hypervisor.ensureDisk({ ...place, signal }, image, vm.diskGib),
    );
    await run.step('ensure the seed', (signal) => this.hypervisor.ensureSeed({ ...place, signal }, seed));
  }

  private async define({ vm, host, run, place }: Task, nics: PortView[]): Promise<void> {
    const { id: vmId, vcpus, memoryMib } = vm;
    const spec: DomainSpec = { vmId, vcpus, memoryMib, virt: host.virt ?? 'qemu', nics };
    await run.step('define the domain', (signal) => this.hypervisor.define({ ...place, signal }, spec));
    await run.step('note its definition', () => this.store.note(vm, { redefine: false }));
  }
}
