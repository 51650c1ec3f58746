/** Up to where VMs and containers were counted, and what that came to. */
import { Injectable } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { meter, type MeteredUse, type Payer } from '@nubo/quota';
import type { EntityManager } from 'typeorm';
import { advance, ended, type Counted, type Sample } from './usage.rules';

/** One as it was counted before the look that follows. */
export interface CountedInstance extends Counted {
  instanceId: string;
  payer: Payer;
  samples: number;
}

/** What was seen of one: its counters, or that it is off. Neither: nothing is known. */
export interface SeenUse {
  instanceId: string;
  state: { is: 'missing' | 'running' | 'off'; stuck?: boolean };
  sample?: Sample;
}

interface Step {
  one: CountedInstance;
  counted: Counted;
  use?: MeteredUse;
}

const COUNTED = `SELECT u.instance_id AS "instanceId", u.incarnation, u.counters, u.cpu_rest_us AS "cpuRestUs", u.samples,
  jsonb_build_object('tenantId', v.tenant_id, 'userId', v.user_id) AS payer
  FROM instance_usage u JOIN (SELECT id, host_id, tenant_id, user_id FROM vms
    UNION ALL SELECT id, host_id, tenant_id, user_id FROM containers) v ON v.id = u.instance_id`;

@Injectable()
export class UsageStore {
  constructor(private readonly intentions: Intentions) {}

  countedOn(hostId: string): Promise<CountedInstance[]> {
    return this.intentions.read((em) => em.query(`${COUNTED} WHERE v.host_id = $1`, [hostId]));
  }

  async counted(instanceId: string): Promise<CountedInstance | undefined> {
    const rows: CountedInstance[] = await this.intentions.read((em) =>
      em.query(`${COUNTED} WHERE v.id = $1`, [instanceId]),
    );
    return rows[0];
  }

  /**
   * Counts what was seen after `before` had been read. One of which another look was counted in between is left out:
   * so looks that count never overlap, and none counts what another did. Answers how many were left out.
   */
  async note(before: CountedInstance[], seen: SeenUse[]): Promise<number> {
    const steps = stepsOf(before, seen);
    if (steps.length === 0) return 0;
    return this.intentions.apply(serviceContext('compute', 'usage'), async ({ em }) => {
      const current = await this.current(em, steps);
      await write(em, current);
      await meter(
        em,
        current.flatMap(({ use }) => use ?? []),
      );
      return steps.length - current.length;
    });
  }

  /** Locked in sorted order, as two replicas may look at one host. */
  private async current(em: EntityManager, steps: Step[]): Promise<Step[]> {
    const sql =
      'SELECT instance_id, samples FROM instance_usage WHERE instance_id = ANY($1) ORDER BY 1 FOR UPDATE';
    const rows: { instance_id: string; samples: number }[] = await em.query(sql, [
      steps.map(({ one }) => one.instanceId),
    ]);
    const samples = new Map(rows.map((row) => [row.instance_id, row.samples]));
    return steps.filter(({ one }) => samples.get(one.instanceId) === one.samples);
  }
}

function stepsOf(before: CountedInstance[], seen: SeenUse[]): Step[] {
  const byId = new Map(seen.map((each) => [each.instanceId, each]));
  return before.flatMap((one): Step[] => {
    const { sample, state } = byId.get(one.instanceId) ?? {};
    if (sample) {
      const { counted, grown } = advance(one, sample);
      return [{ one, counted, use: { resourceId: one.instanceId, payer: one.payer, amounts: grown } }];
    }
    return state?.is === 'off' && one.incarnation !== null ? [{ one, counted: ended(one) }] : [];
  });
}

async function write(em: EntityManager, steps: Step[]): Promise<void> {
  const rows = steps.map(({ one: { instanceId }, counted: { incarnation, counters, cpuRestUs } }) => ({
    ...{ instance_id: instanceId, incarnation, counters, cpu_rest_us: cpuRestUs },
  }));
  const sql = `UPDATE instance_usage u SET incarnation = s.incarnation, counters = s.counters, cpu_rest_us = s.cpu_rest_us,
      samples = u.samples + 1, sampled_at = now()
    FROM jsonb_to_recordset($1::jsonb) AS s(instance_id uuid, incarnation text, counters jsonb, cpu_rest_us int)
    WHERE u.instance_id = s.instance_id`;
  await em.query(sql, [JSON.stringify(rows)]);
}
