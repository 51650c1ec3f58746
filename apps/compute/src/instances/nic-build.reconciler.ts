import { Injectable } from '@nestjs/common';
import { NuboError, type PortView } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import type { Run } from '@nubo/reconcile';
import type { InstanceNic } from '../../../../libs/entities/src/compute';
import { isFinal } from './instances.rules';
import { noteNic } from './nics.store';
import { Ports, type Instance } from './ports.driver';

/** An instance whose NICs are wanted. */
export interface NicTask {
  instance: Instance;
  nics: InstanceNic[];
  run: Run;
  /** Told why a port cannot be had until somebody acts. */
  failed: (reason: string) => Promise<void>;
}

/** Gets an instance its ports. */
@Injectable()
export class NicBuilder {
  constructor(
    private readonly intentions: Intentions,
    private readonly ports: Ports,
  ) {}

  /** The ports of its NICs, in order; guests may start on them once they are active. */
  async ensure(task: NicTask): Promise<PortView[]> {
    const ports: PortView[] = [];
    for (const nic of task.nics) ports.push(await this.ensureOne(task, nic));
    return ports;
  }

  private async ensureOne({ instance, run, failed }: NicTask, nic: InstanceNic): Promise<PortView> {
    const { position } = nic;
    try {
      const find = () => this.ports.defaultSubnet(instance);
      const subnetId = nic.subnetId ?? (await run.step('ensure the default network', find));
      const make = () => this.ports.ensure(instance, nic, subnetId);
      const port = await run.step(`ensure port ${position}`, make);
      const note = () => this.intentions.read((em) => noteNic(em, nic, port));
      await run.step(`note port ${position}`, note);
      return port;
    } catch (error) {
      if (error instanceof NuboError && isFinal(error.kind))
        await failed(nic.subnetId ? error.message : `Its default network: ${error.message}`);
      throw error;
    }
  }
}
