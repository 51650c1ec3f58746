import { Injectable } from '@nestjs/common';
import { Intentions } from '@nubo/persistence';
import { MoreThanOrEqual } from 'typeorm';
import { CdnTraffic, type CdnInstance } from '../../../../libs/entities/src/cdn';
import type { TrafficSample } from '../delivery/instance-control.driver';

/** Counts only grow within a minute, so the larger one is the later. An instance that was built anew begins at 0. */
const NOTE = `INSERT INTO traffic (instance_id, minute, distribution_id, location, requests, bytes, hits, errors)
  SELECT $1, to_timestamp(m), $2, $3, r, b, h, e
  FROM unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[]) AS s(m, r, b, h, e)
  ON CONFLICT (instance_id, minute) DO UPDATE SET requests = greatest(traffic.requests, excluded.requests),
    bytes = greatest(traffic.bytes, excluded.bytes), hits = greatest(traffic.hits, excluded.hits),
    errors = greatest(traffic.errors, excluded.errors)`;

@Injectable()
export class TrafficStore {
  constructor(private readonly intentions: Intentions) {}

  async note({ id, distributionId, location }: CdnInstance, samples: TrafficSample[]): Promise<void> {
    if (samples.length === 0) return;
    const column = (name: keyof TrafficSample): number[] => samples.map((sample) => sample[name]);
    const counted = (['minute', 'requests', 'bytes', 'hits', 'errors'] as const).map(column);
    await this.intentions.read((em) => em.query(NOTE, [id, distributionId, location, ...counted]));
  }

  since(distributionId: string, since: Date): Promise<CdnTraffic[]> {
    return this.intentions.read((em) =>
      em.find(CdnTraffic, {
        where: { distributionId, minute: MoreThanOrEqual(since) },
        order: { minute: 'ASC', location: 'ASC' },
      }),
    );
  }
}
