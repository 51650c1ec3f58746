import { Injectable, type OnModuleInit } from '@nestjs/common';
import { portDeleted, serviceContext } from '@nubo/contracts';
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
import type { EntityManager } from 'typeorm';
import { Port, Subnet } from '../../../../libs/entities/src/network';
import { restAddress } from '../addresses/addresses.store';
import { hostsOfSubnet, wakeHosts } from '../host-network/host-work.store';
import { HostProgress } from '../host-network/host-progress.service';

/** Watches over a port's transitions; its filters are made and removed by the host-network reconciler of its host. */
@Injectable()
export class PortsReconciler implements Reconciler, OnModuleInit {
  readonly kind = 'port';

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
    const port = await this.database.manager.findOneBy(Port, { id });
    if (!port) return gone();
    if (port.state === 'deleting') return this.remove(port, run);
    if (port.state !== 'binding' || !port.hostId) return settled();
    return waiting(await this.hosts.excuse(port.hostId), 5_000);
  }

  /** A port has no state of error: it stays where it is and says why. */
  async expired(id: string, stateReason: string): Promise<void> {
    const em = this.database.manager;
    await em.update(Port, { id, state: 'binding' }, { stateReason });
    await em.update(Port, { id, state: 'deleting' }, { stateReason });
  }

  private async remove(port: Port, run: Run): Promise<Outcome> {
    if (port.hostId && (await this.hosts.canBeAwaited(port.hostId)))
      return waiting(`its filters to be removed: ${await this.hosts.excuse(port.hostId)}`, 2_000);
    await run.step('forget the port', () => this.forget(port));
    return gone();
  }

  private async forget({ id, instanceId, subnetId, vpcId, ip }: Port): Promise<void> {
    await this.intentions.apply(serviceContext('network', id), async (intention) => {
      const { em } = intention;
      const { affected } = await em.delete(Port, { id, state: 'deleting' });
      if (affected !== 1) return;
      await restAddress(em, subnetId, ip);
      await release(em, id);
      await revokeGrants(em, id);
      await this.tellSubnet(em, subnetId);
      await intention.emit(portDeleted, { portId: id, instanceId, vpcId });
    });
  }

  /** One that is being deleted can go, and its router leave it, with its last port. */
  private async tellSubnet(em: EntityManager, subnetId: string): Promise<void> {
    if (!(await em.existsBy(Subnet, { id: subnetId, state: 'deleting' }))) return;
    await wake(em, 'subnet', subnetId);
    await wakeHosts(em, await hostsOfSubnet(em, subnetId));
  }
}
