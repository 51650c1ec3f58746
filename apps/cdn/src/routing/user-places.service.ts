import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { findUser, placesOfUser, serviceContext, type RequestContext } from '@nubo/contracts';
import { Bus, Remembered } from '@nubo/messaging';
import { log } from '@nubo/observability';
import { userKeyOf } from './near.rules';

const LIMITS = { freshMs: 30_000, staleMs: 600_000, most: 10_000 };

/** Where the users of a tenant have instances. */
@Injectable()
export class UserPlaces {
  private readonly remembered = new Remembered<string[]>(LIMITS);

  constructor(private readonly bus: Bus) {}

  /** Locations, the one with most instances first; none for who is not the tenant's, and while nobody can be asked. */
  async of(tenantId: string | null, user: string): Promise<string[]> {
    const key = userKeyOf(user);
    if (tenantId === null || key === '') return [];
    try {
      return await this.remembered.get(`${tenantId} ${key}`, () => this.ask(tenantId, key));
    } catch (error) {
      log.info({ err: error }, 'where a user is cannot be found out');
      return [];
    }
  }

  /** Both are asked also for a name that is nobody's: the time that it takes shall not tell. */
  private async ask(tenantId: string, user: string): Promise<string[]> {
    const { items } = await this.bus.call(findUser, context(), { tenantId, user });
    const userId = (items.length === 1 ? items[0]?.userId : undefined) ?? randomUUID();
    const places = await this.bus.call(placesOfUser, context(), { tenantId, userId });
    return places.items.map(({ name }) => name);
  }
}

const context = (): RequestContext => serviceContext('cdn', 'routing');
