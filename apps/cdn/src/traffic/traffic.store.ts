import { Injectable } from '@nestjs/common';
import { Intentions } from '@nubo/persistence';
import type { CdnInstance } from '../../../../libs/entities/src/cdn';
import type { TrafficSample } from '../delivery/instance-control.driver';

/** Counts only grow within a minute, so the larger one is the later. An instance that was built anew begins at 0. */
const NOTE = `INSERT INTO traffic (instance_id, minute, distribution_id, location, requests, bytes, hits, errors)
  SELECT $1, to_timestamp(m), $2, $3, r, b, h, e
  FROM unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[]) AS s(m, r, b, h, e)
  ON CONFLICT (instance_id, minute) DO UPDATE SET requests = greatest(traffic.requests, excluded.requests),
    bytes = greatest(traffic.bytes, excluded.bytes), hits = greatest(traffic.hits, excluded.hits),
    errors = greatest(traffic.errors, excluded.errors)`;

const SUMS = `SELECT date_bin($3 * interval '1 minute', minute, 'epoch') AS minute, instance_id AS "instanceId", location,
    sum(requests)::float8 AS requests, sum(bytes)::float8 AS bytes, sum(hits)::float8 AS hits, sum(errors)::float8 AS errors
  FROM traffic WHERE distribution_id = $1 AND minute >= $2 GROUP BY 1, 2, 3 ORDER BY 1, 3, 2`;

export interface TrafficSum extends Omit<TrafficSample, 'minute'> {
  minute: Date;
  instanceId: string;
  location: string;
}

@Injectable()
export class TrafficStore {
  constructor(private readonly intentions: Intentions) {}

  async note({ id, distributionId, location }: CdnInstance, samples: TrafficSample[]): Promise<void> {
    if (samples.length === 0) return;
    const column = (name: keyof TrafficSample): number[] => samples.map((sample) => sample[name]);
    const counted = (['minute', 'requests', 'bytes', 'hits', 'errors'] as const).map(column);
    await this.intentions.read((em) => em.query(NOTE, [id, distributionId, location, ...counted]));
  }

  /** How many instances of the distribution were asked for something. */
  async instances(distributionId: string, since: Date): Promise<number> {
    const sql = `SELECT count(DISTINCT instance_id)::int AS instances FROM traffic WHERE distribution_id = $1 AND minute >= $2`;
    const rows = await this.ask<{ instances: number }>(sql, distributionId, since);
    return rows[0]?.instances ?? 0;
  }

  /** Sums of so many minutes, by instance, the oldest first. */
  since(distributionId: string, since: Date, stepMinutes: number): Promise<TrafficSum[]> {
    return this.ask(SUMS, distributionId, since, stepMinutes);
  }

  private ask<Row>(sql: string, ...values: unknown[]): Promise<Row[]> {
    return this.intentions.read((em) => em.query<Row[]>(sql, values));
  }
}
