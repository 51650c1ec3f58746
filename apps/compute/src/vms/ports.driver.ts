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
import type { Vm, VmNicRow } from '../../../../libs/entities/src/compute';

/** Ports of the network service. Their ids are minted here, so that asking twice makes one. */
@Injectable()
export class Ports {
  constructor(private readonly bus: Bus) {}

  /** Throws what the network service says to this person about these NICs. Reserves nothing. */
  async check(ctx: RequestContext, nics: VmNic[]): Promise<void> {
    await Promise.all(nics.map(({ subnetId, ip }) => this.bus.call(checkNic, ctx, { subnetId, ip })));
  }

  /** The subnet of the default network of the VM's user, which is made where there is none. */
  async defaultSubnet({ id, tenantId, userId }: Vm): Promise<string> {
    const made = await this.bus.call(ensureDefaultNetwork, this.context(id), { tenantId, userId });
    return made.subnetId;
  }

  /** The NIC's port, bound to the VM's host; guests may start on it once it is active. */
  async ensure(vm: Vm, nic: VmNicRow, subnetId: string): Promise<PortView> {
    const ctx = this.context(vm.id);
    const { portId: id, wantedIp } = nic;
    const { name, id: instanceId, tenantId, userId } = vm;
    const wanted = { id, subnetId, name, instanceId, tenantId, userId };
    const port = await this.bus.call(createPort, ctx, wantedIp ? { ...wanted, ip: wantedIp } : wanted);
    if (port.hostId === vm.hostId) return port;
    return this.bus.call(bindPort, ctx, { id, hostId: vm.hostId });
  }

  async remove(vm: Vm, { portId }: VmNicRow): Promise<void> {
    await this.bus.call(deletePort, this.context(vm.id), { id: portId });
  }

  /** Lets exactly these have access to the VM's ports; answers how many there are by now. */
  async share(vm: Vm, rows: GrantRow[]): Promise<number> {
    const grants = rows.map(({ userId, tenantId, level }) => ({ userId, tenantId, level }));
    const { ports } = await this.bus.call(sharePorts, this.context(vm.id), { instanceId: vm.id, grants });
    return ports;
  }

  private context(vmId: string): RequestContext {
    return serviceContext('compute', `vm-${vmId}`);
  }
}
