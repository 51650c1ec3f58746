import { Injectable } from '@nestjs/common';
import { Fleet } from '@nubo/fleet';
import { Database } from '@nubo/persistence';
import { isUsable } from './host-network.rules';
import { lastErrorOf } from './host-work.store';

/** What the nouns need to know about a host whose work they wait for. */
@Injectable()
export class HostProgress {
  constructor(
    private readonly fleet: Fleet,
    private readonly database: Database,
  ) {}

  /** False when nobody can wait for the host: it is gone, down or not set up. What it still has goes when it is back. */
  async canBeAwaited(hostId: string): Promise<boolean> {
    const host = await this.fleet.find(hostId);
    return host !== null && isUsable(host.state);
  }

  /** Why the host has not done its part yet, for a person. */
  async excuse(hostId: string): Promise<string> {
    const host = await this.fleet.find(hostId);
    if (!host) return 'its host is not there any more';
    if (!isUsable(host.state)) return `host ${host.name} is ${host.state}`;
    const error = await lastErrorOf(this.database.manager, hostId);
    return error ? `host ${host.name}: ${error}` : `host ${host.name} is being programmed`;
  }
}
