import { Injectable } from '@nestjs/common';
import type { ReadTraffic, RequestContext, TrafficView } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { distributionFor } from '../distributions/distributions.store';
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
    const rows = await this.store.since(id, new Date(Date.now() - minutes * MINUTE_MS));
    return {
      id,
      minutes: rows.map(({ minute, instanceId, location, requests, bytes, hits, errors }) => ({
        minute: minute.toISOString(),
        ...{ instanceId, location },
        requests: Number(requests),
        bytes: Number(bytes),
        hits: Number(hits),
        errors: Number(errors),
      })),
    };
  }
}
