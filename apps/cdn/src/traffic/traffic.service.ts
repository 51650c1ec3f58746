import { Injectable } from '@nestjs/common';
import type { ReadTraffic, RequestContext, TrafficView } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { distributionFor } from '../distributions/distributions.store';
import { stepOf } from './traffic.rules';
import { TrafficStore } from './traffic.store';

const MINUTES = 60;
const MINUTE_MS = 60_000;

@Injectable()
export class TrafficService {
  constructor(
    private readonly intentions: Intentions,
    private readonly store: TrafficStore,
  ) {}

  async read(ctx: RequestContext, { id, minutes = MINUTES }: ReadTraffic): Promise<TrafficView> {
    await this.intentions.read((em) => distributionFor(em, ctx, [id, 'use']));
    const since = new Date(Date.now() - minutes * MINUTE_MS);
    const stepMinutes = stepOf(await this.store.instances(id, since), minutes);
    const sums = await this.store.since(id, since, stepMinutes);
    return { id, stepMinutes, minutes: sums.map((sum) => ({ ...sum, minute: sum.minute.toISOString() })) };
  }
}
