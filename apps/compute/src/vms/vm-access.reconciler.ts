import { Injectable, type OnModuleInit } from '@nestjs/common';
import { GrantRow, Intentions } from '@nubo/persistence';
import { gone, waiting, wake, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import type { ShareChange } from '@nubo/shares';
import type { EntityManager } from 'typeorm';
import { Ports } from './ports.driver';
import { record } from './timeline.store';
import { VmStore } from './vms.store';

const VM_ACCESS = 'vm-access';
const NICS_RECHECK_MS = 2_000;

/** Who has access to the VM has changed: its NICs hear of it. */
export async function vmAccessChanged(em: EntityManager, vmId: string, change: ShareChange): Promise<void> {
  const { userId, level, by } = change;
  const shared = { event: 'shared' as const, detail: `with ${userId}, to ${level}`, by };
  await record(em, vmId, level ? shared : { event: 'unshared', detail: `with ${userId}`, by });
  await wake(em, VM_ACCESS, vmId);
}

/** Lets the NICs of a VM be open to those to whom the VM is; they are another service's. There only while it is wanted. */
@Injectable()
export class VmAccess implements Reconciler, OnModuleInit {
  readonly kind = VM_ACCESS;

  constructor(
    private readonly worker: Worker,
    private readonly intentions: Intentions,
    private readonly store: VmStore,
    private readonly ports: Ports,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const known = await this.store.load(id);
    if (!known || known.vm.state === 'deleting') return gone();
    const grants = await this.intentions.read((em) => em.findBy(GrantRow, { resourceId: id }));
    const told = await run.step('tell its NICs', () => this.ports.share(known.vm, grants));
    return told < known.nics.length ? waiting('its NICs to be made', NICS_RECHECK_MS) : gone();
  }
}
