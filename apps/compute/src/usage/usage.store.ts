/** Up to where VMs were counted, and what that came to. */
import { Injectable } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { meter, type MeteredUse, type Payer } from '@nubo/quota';
import type { EntityManager } from 'typeorm';
import { advance, ended, type Counted, type Sample } from './usage.rules';

/** A VM as it was counted before the look that follows. */
export interface CountedVm extends Counted {
  vmId: string;
  payer: Payer;
  samples: number;
}

/** What was seen of a VM: its counters, or that it is off. Neither: nothing is known. */
export interface SeenUse {
  vmId: string;
  state: { is: 'missing' | 'running' | 'off' };
  sample?: Sample;
}

interface Step {
  vm: CountedVm;
  counted: Counted;
  use?: MeteredUse;
}

const COUNTED = `SELECT u.vm_id AS "vmId", u.incarnation, u.counters, u.cpu_rest_us AS "cpuRestUs", u.samples,
  jsonb_build_object('tenantId', v.tenant_id, 'userId', v.user_id) AS payer FROM vm_usage u JOIN vms v ON v.id = u.vm_id`;

@Injectable()
export class UsageStore {
  constructor(private readonly intentions: Intentions) {}

  countedOn(hostId: string): Promise<CountedVm[]> {
    return this.intentions.read((em) => em.query(`${COUNTED} WHERE v.host_id = $1`, [hostId]));
  }

  async counted(vmId: string): Promise<CountedVm | undefined> {
    const rows: CountedVm[] = await this.intentions.read((em) =>
      em.query(`${COUNTED} WHERE v.id = $1`, [vmId]),
    );
    return rows[0];
  }

  /**
   * Counts what was seen after `before` had been read. A VM of which another look was counted in between is left out:
   * so looks that count never overlap, and none counts what another did. Answers how many were left out.
   */
  async note(before: CountedVm[], seen: SeenUse[]): Promise<number> {
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
    const sql = 'SELECT vm_id, samples FROM vm_usage WHERE vm_id = ANY($1) ORDER BY vm_id FOR UPDATE';
    const rows: { vm_id: string; samples: number }[] = await em.query(sql, [steps.map(({ vm }) => vm.vmId)]);
    const samples = new Map(rows.map((row) => [row.vm_id, row.samples]));
    return steps.filter(({ vm }) => samples.get(vm.vmId) === vm.samples);
  }
}

function stepsOf(before: CountedVm[], seen: SeenUse[]): Step[] {
  const byId = new Map(seen.map((one) => [one.vmId, one]));
  return before.flatMap((vm): Step[] => {
    const { sample, state } = byId.get(vm.vmId) ?? {};
    if (sample) {
      const { counted, grown } = advance(vm, sample);
      return [{ vm, counted, use: { resourceId: vm.vmId, payer: vm.payer, amounts: grown } }];
    }
    return state?.is === 'off' && vm.incarnation !== null ? [{ vm, counted: ended(vm) }] : [];
  });
}

async function write(em: EntityManager, steps: Step[]): Promise<void> {
  const rows = steps.map(({ vm: { vmId }, counted: { incarnation, counters, cpuRestUs } }) => ({
    ...{ vm_id: vmId, incarnation, counters, cpu_rest_us: cpuRestUs },
  }));
  const sql = `UPDATE vm_usage u SET incarnation = s.incarnation, counters = s.counters, cpu_rest_us = s.cpu_rest_us,
      samples = u.samples + 1, sampled_at = now()
    FROM jsonb_to_recordset($1::jsonb) AS s(vm_id uuid, incarnation text, counters jsonb, cpu_rest_us int)
    WHERE u.vm_id = s.vm_id`;
  await em.query(sql, [JSON.stringify(rows)]);
}
