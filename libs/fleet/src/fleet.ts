import { Injectable } from '@nestjs/common';
import type { HostRole } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { In, type EntityManager } from 'typeorm';
import { Host } from './host.entity';

/** Hosts that may be given work: they answered lately. */
const USABLE: Host['state'][] = ['ready', 'suspect'];

/** Reads the registry of hosts. Without an entity manager of a transaction a lost database is `unavailable`. */
@Injectable()
export class Fleet {
  constructor(private readonly intentions: Intentions) {}

  /** One host, or null. */
  find(id: string, em?: EntityManager): Promise<Host | null> {
    return this.read(em, (from) => from.findOneBy(Host, { id }));
  }

  /** All hosts of a role that may be given work, by id. */
  async withRole(role: HostRole, em?: EntityManager): Promise<Host[]> {
    const usable = { where: { state: In(USABLE) }, order: { id: 'ASC' } } as const;
    const hosts = await this.read(em, (from) => from.find(Host, usable));
    return hosts.filter((host) => host.roles.includes(role));
  }

  /** Every host that there is. */
  all(em?: EntityManager): Promise<Host[]> {
    return this.read(em, (from) => from.find(Host, { order: { id: 'ASC' } }));
  }

  private read<T>(em: EntityManager | undefined, work: (em: EntityManager) => Promise<T>): Promise<T> {
    return em ? work(em) : this.intentions.read(work);
  }
}
