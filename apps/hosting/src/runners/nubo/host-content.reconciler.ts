import { Injectable, type OnModuleInit } from '@nestjs/common';
import { gone, settled, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { HostContents } from './host-contents.driver';
import { HOST_CONTENT, ReplicaStore } from './replicas.store';

/** Removes what nobody runs any more from the hosts where it lies. One that does not answer is asked again: its project is gone by then. */
@Injectable()
export class HostContentReconciler implements Reconciler, OnModuleInit {
  readonly kind = HOST_CONTENT;

  constructor(
    private readonly worker: Worker,
    private readonly store: ReplicaStore,
    private readonly contents: HostContents,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const [row] = await this.store.contents({ id });
    if (!row) return gone();
    if (row.state !== 'leaving') return settled();
    await run.step('remove the files', (signal) => this.contents.remove(row, signal));
    await run.step('forget the files', () => this.store.forgetContent(id));
    return gone();
  }
}
