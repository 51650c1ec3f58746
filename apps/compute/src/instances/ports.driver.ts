import { Injectable } from '@nestjs/common';
import {
  bindPort,
  checkNic,
  createPort,
  deletePort,
  ensureDefaultNetwork,
  serviceContext,
  sharePorts,
  type PortView,
  type RequestContext,
  type VmNic,
} from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import type { GrantRow } from '@nubo/persistence';
import type { Container, InstanceNic, Vm } from '../../../../libs/entities/src/compute';

/** A VM or a container, as far as its ports go. */
export type Instance = Pick<Vm | Container, 'id' | 'name' | 'tenantId' | 'userId' | 'hostId'>;

/** Ports of the network service. Their ids are minted here, so that asking twice makes one. */
@Injectable()
export class Ports {
  constructor(private readonly bus: Bus) {}

  /** Throws what the network service says to this person about these NICs. Reserves nothing. */
  async check(ctx: RequestContext, nics: VmNic[]): Promise<void> {
    await Promise.all(nics.map(({ subnetId, ip }) => this.bus.call(checkNic, ctx, { subnetId, ip })));
  }

  /** The subnet of the default network of the instance's user, which is made where there is none. */
  async defaultSubnet({ id, tenantId, userId }: Instance): Promise<string> {
    const made = await this.bus.call(ensureDefaultNetwork, this.context(id), { tenantId, userId });
    return made.subnetId;
  }

  /** The NIC's port, bound to the instance's host; guests may start on it once it is active. */
  async ensure(instance: Instance, nic: InstanceNic, subnetId: string): Promise<PortView> {
    const ctx = this.context(instance.id);
    const { portId: id, wantedIp } = nic;
    const { name, id: instanceId, tenantId, userId, hostId } = instance;
    const wanted = { id, subnetId, name, instanceId, tenantId, userId };
    const port = await this.bus.call(createPort, ctx, wantedIp ? { ...wanted, ip: wantedIp } : wanted);
    if (port.hostId === hostId) return port;
    return this.bus.call(bindPort, ctx, { id, hostId });
  }

  async remove(instance: Instance, { portId }: InstanceNic): Promise<void> {
    await this.bus.call(deletePort, this.context(instance.id), { id: portId });
  }

  /** Lets exactly these have access to the instance's ports; answers how many there are by now. */
  async share({ id: instanceId }: Instance, rows: GrantRow[]): Promise<number> {
    const grants = rows.map(({ userId, tenantId, level }) => ({ userId, tenantId, level }));
    const { ports } = await this.bus.call(sharePorts, this.context(instanceId), { instanceId, grants });
    return ports;
  }

  private context(instanceId: string): RequestContext {
    return serviceContext('compute', `instance-${instanceId}`);
  }
}
