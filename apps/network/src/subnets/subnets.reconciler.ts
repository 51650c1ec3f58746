import { Injectable, type OnModuleInit } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { Database, Intentions, revokeGrants } from '@nubo/persistence';
import { release } from '@nubo/quota';
import {
  gone,
  settled,
  waiting,
  wake,
  Worker,
  type Outcome,
  type Reconciler,
  type Run,
} from '@nubo/reconcile';
import { In } from 'typeorm';
import { Port, Subnet, Vpc } from '../../../../libs/entities/src/network';
import { wakeHosts } from '../host-network/host-work.store';
import { HostProgress } from '../host-network/host-progress.service';

/** Watches over a subnet's transitions; hosts are programmed by the host-network reconciler. */
@Injectable()
export class SubnetsReconciler implements Reconciler, OnModuleInit {
  readonly kind = 'subnet';

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
    const em = this.database.manager;
    const subnet = await em.findOneBy(Subnet, { id });
    if (!subnet) return gone();
    if (subnet.state === 'ready') return settled();
    const { hostId } = await em.findOneByOrFail(Vpc, { id: subnet.vpcId });
    if (subnet.state === 'deleting') return this.remove(subnet, hostId, run);
    return waiting(await this.hosts.excuse(hostId), 5_000);
  }

  async expired(id: string, reason: string): Promise<void> {
    const em = this.database.manager;
    await em.update(Subnet, { id, state: 'deleting' }, { stateReason: reason });
    await em.update(
      Subnet,
      { id, state: In(['creating', 'error']) },
      { state: 'error', stateReason: `Its router does not serve it yet: ${reason}` },
    );
  }

  private async remove(subnet: Subnet, hostId: string, run: Run): Promise<Outcome> {
    const ports = await this.database.manager.countBy(Port, { subnetId: subnet.id });
    if (ports > 0) return waiting(`${ports} port(s) on it`, 2_000);
    if (subnet.onHost && (await this.hosts.canBeAwaited(hostId)))
      return waiting(`its router to leave it: ${await this.hosts.excuse(hostId)}`, 2_000);
    await run.step('forget the subnet', () => this.forget(subnet));
    return gone();
  }

  private async forget({ id, vpcId }: Subnet): Promise<void> {
    await this.intentions.apply(serviceContext('network', id), async ({ em }) => {
      const { affected } = await em.delete(Subnet, { id, state: 'deleting' });
      if (affected !== 1) return;
      await release(em, id);
      await revokeGrants(em, id);
      const vpc = await em.findOneBy(Vpc, { id: vpcId, state: 'deleting' });
      if (!vpc) return;
      await wake(em, 'vpc', vpcId);
      await wakeHosts(em, [vpc.hostId]);
    });
  }
}
