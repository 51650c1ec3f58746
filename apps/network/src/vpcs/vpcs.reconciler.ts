import { Injectable, type OnModuleInit } from '@nestjs/common';
import { routerDeleted, serviceContext } from '@nubo/contracts';
import { Database, Intentions, revokeGrants } from '@nubo/persistence';
import { release } from '@nubo/quota';
import { gone, settled, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { In } from 'typeorm';
import { Subnet, Vpc } from '../../../../libs/entities/src/network';
import { HostProgress } from '../host-network/host-progress.service';

/** Watches over a VPC's transitions; its router is made and removed by the host-network reconciler of its host. */
@Injectable()
export class VpcsReconciler implements Reconciler, OnModuleInit {
  readonly kind = 'vpc';

  constructor(
    private readonly worker: Worker,
    private readonly database: Database,
    private readonly intentions: Intentions,
    private readonly hosts: HostProgress,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const vpc = await this.database.manager.findOneBy(Vpc, { id });
    if (!vpc) return gone();
    if (vpc.state === 'deleting') return this.remove(vpc, run);
    if (vpc.state === 'ready') return settled();
    return waiting(await this.hosts.excuse(vpc.hostId), 5_000);
  }

  async expired(id: string, reason: string): Promise<void> {
    const em = this.database.manager;
    await em.update(Vpc, { id, state: 'deleting' }, { stateReason: reason });
    await em.update(
      Vpc,
      { id, state: In(['creating', 'error']) },
      { state: 'error', stateReason: `The router is not there yet: ${reason}` },
    );
  }

  private async remove(vpc: Vpc, run: Run): Promise<Outcome> {
    const subnets = await this.database.manager.countBy(Subnet, { vpcId: vpc.id });
    if (subnets > 0) return waiting(`${subnets} subnet(s) in it`, 2_000);
    if (vpc.onHost && (await this.hosts.canBeAwaited(vpc.hostId)))
      return waiting(`its router to be removed: ${await this.hosts.excuse(vpc.hostId)}`, 2_000);
    await run.step('forget the VPC', () => this.forget(vpc.id));
    return gone();
  }

  private async forget(id: string): Promise<void> {
    await this.intentions.apply(serviceContext('network', id), async (intention) => {
      const { em } = intention;
      const { affected } = await em.delete(Vpc, { id, state: 'deleting' });
      if (affected !== 1) return;
      await release(em, id);
      await revokeGrants(em, id);
      await intention.emit(routerDeleted, { routerId: id });
    });
  }
}
