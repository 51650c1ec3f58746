import { Injectable } from '@nestjs/common';
import type { LocationView } from '@nubo/contracts';
import { Fleet } from '@nubo/fleet';

/** Where guests can be. */
@Injectable()
export class LocationsService {
  constructor(private readonly fleet: Fleet) {}

  /** By name; also one of which no host is ready now. */
  async all(): Promise<LocationView[]> {
    const ready = new Map<string, number>();
    for (const { roles, location, state } of await this.fleet.all())
      if (roles.includes('compute'))
        ready.set(location, (ready.get(location) ?? 0) + Number(state === 'ready'));
    const names = [...ready.keys()].sort();
    return names.map((name) => ({ name, hosts: ready.get(name) ?? 0 }));
  }
}
