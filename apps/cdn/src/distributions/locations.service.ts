import { Injectable } from '@nestjs/common';
import { Fleet } from '@nubo/fleet';

/** Where instances can be. */
@Injectable()
export class Locations {
  constructor(private readonly fleet: Fleet) {}

  /** Names, sorted. */
  async known(): Promise<string[]> {
    const hosts = await this.fleet.withRole('compute');
    return [...new Set(hosts.map(({ location }) => location))].sort();
  }
}
