import { Injectable } from '@nestjs/common';
import type { LocationView, PlacesOfUser, PlaceView } from '@nubo/contracts';
import { Fleet } from '@nubo/fleet';
import { Database } from '@nubo/persistence';

/** What runs, and nobody else keeps. By location, the one with most first. */
const PLACES = `SELECT location AS name, count(*)::int AS instances FROM (
    SELECT location FROM vms WHERE tenant_id = $1 AND user_id = $2 AND state = 'running' AND managed_by IS NULL
    UNION ALL
    SELECT location FROM containers WHERE tenant_id = $1 AND user_id = $2 AND state = 'running' AND managed_by IS NULL
  ) own GROUP BY location ORDER BY instances DESC, name`;

/** Where guests can be, and where those of a user are. */
@Injectable()
export class LocationsService {
  constructor(
    private readonly fleet: Fleet,
    private readonly database: Database,
  ) {}

  /** By name; also one of which no host is ready now. */
  async all(): Promise<LocationView[]> {
    const ready = new Map<string, number>();
    for (const { roles, location, state } of await this.fleet.all())
      if (roles.includes('compute'))
        ready.set(location, (ready.get(location) ?? 0) + Number(state === 'ready'));
    const names = [...ready.keys()].sort();
    return names.map((name) => ({ name, hosts: ready.get(name) ?? 0 }));
  }

  ofUser({ tenantId, userId }: PlacesOfUser): Promise<PlaceView[]> {
    return this.database.manager.query(PLACES, [tenantId, userId]);
  }
}
