import { Injectable } from '@nestjs/common';
import { HostsAccess } from '@nubo/fleet';
import { raw, sh } from '@nubo/remote';
import type { Batch } from './actions';
import type { HostActual } from './actual';
import { HostNetworkDriver, type ApplyOptions, type BatchFailure } from './host-network.driver';
import { brokenScript, failuresIn, scriptOf } from './batch-script.driver';
import { HOST_NETWORK } from './host-work.store';
import { actualFrom } from './inventory.rules';
import { INVENTORY } from './inventory-script.driver';

const READ_MS = 15_000;
const APPLY_MS = 40_000;
const SHOWN_KEYS = 20;

/** Real hosts: one command to see everything, one to do everything. */
@Injectable()
export class SshHostNetworkDriver extends HostNetworkDriver {
  constructor(private readonly hosts: HostsAccess) {
    super();
  }

  async read(hostId: string, signal: AbortSignal): Promise<HostActual> {
    const host = await this.hosts.reach(hostId);
    const command = raw('sh -s nubo-network read');
    return actualFrom(await host.run(command, { stdin: INVENTORY, signal, timeoutMs: READ_MS }));
  }

  async apply(hostId: string, batches: Batch[], { fence, signal }: ApplyOptions): Promise<BatchFailure[]> {
    const host = await this.hosts.reach(hostId);
    const keys = batches.slice(0, SHOWN_KEYS).map((batch) => batch.key);
    const command = sh`sh -s nubo-network ${keys}`;
    const options = { stdin: scriptOf(batches), signal, timeoutMs: APPLY_MS };
    const result = await host.fenced(HOST_NETWORK, fence).exec(command, options);
    if (result.code !== 0) throw brokenScript(host, result);
    return failuresIn(batches, result);
  }
}
