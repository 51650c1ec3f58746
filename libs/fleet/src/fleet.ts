import { Injectable } from '@nestjs/common';
import type { HostRole } from '@nubo/contracts';
import { Database } from '@nubo/persistence';
import { In, type EntityManager } from 'typeorm';
import { Host } from './host.entity';

/** Hosts that may be given work: they answered lately. */
const USABLE: Host['state'][] = ['ready', 'suspect'];

/** Reads the registry of hosts. */
@Injectable()
export class Fleet {
  constructor(private readonly database: Database) {}

  /** One host, or null. */
  find(id: string, em: EntityManager = this.database.manager): Promise<Host | null> {
    return em.findOneBy(Host, { id });
  }

  /** All hosts of a role that may be given work, by id. */
  async withRole(role: HostRole, em: EntityManager = this.database.manager): Promise<Host[]> {
    const hosts = await em.find(Host, { where: { state: In(USABLE) }, order: { id: 'ASC' } });
    return hosts.filter((host) => host.roles.includes(role));
  }

  /** Every host that there is. */
  all(em: EntityManager = this.database.manager): Promise<Host[]> {
    return em.find(Host, { order: { id: 'ASC' } });
  }
}
