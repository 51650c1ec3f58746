/** The rows of distributions as the platform itself reads and changes them. */
import { Injectable } from '@nestjs/common';
import {
  serviceContext,
  type DistributionState,
  type DistributionView,
  type GrantLevel,
  type RequestContext,
} from '@nubo/contracts';
import { forgetTenant, forgetUser, Intentions, requireAccess, revokeGrants } from '@nubo/persistence';
import { release } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { In, Not, type EntityManager } from 'typeorm';
import {
  CdnInstance,
  CdnKey,
  CdnRelease,
  CdnTraffic,
  Distribution,
  DistributionProject,
} from '../../../../libs/entities/src/cdn';
import { NOT_RELEASED } from '../contents/contents.store';
import { oldReleases } from './distributions.rules';
import { toDistributionView, type Around } from './distributions.mapper';

export const DISTRIBUTION = 'distribution';
/** Containers start within seconds; VMs boot, under emulation where there is no KVM. */
export const CREATE_MS = { container: 300_000, vm: 900_000 };
/** A deletion waits for containers, a network and mappings. */
export const DELETE_MS = 300_000;

/** All that the reconciler has to know. */
export interface KnownDistribution {
  row: Distribution;
  instances: CdnInstance[];
  releases: CdnRelease[];
  keys: CdnKey[];
  /** Those that compute says do not run; nobody has asked yet when it is not there. */
  resting?: Set<string>;
}

@Injectable()
export class DistributionStore {
  constructor(private readonly intentions: Intentions) {}

  load(id: string): Promise<KnownDistribution | undefined> {
    return this.intentions.read(async (em) => {
      const where = { distributionId: id };
      const row = await em.findOneBy(Distribution, { id });
      if (!row) return undefined;
      const [instances, releases, keys] = await Promise.all([
        em.find(CdnInstance, { where, order: { id: 'ASC' } }),
        em.find(CdnRelease, { where, order: { number: 'ASC' } }),
        em.find(CdnKey, { where, order: { createdAt: 'ASC' } }),
      ]);
      return { row, instances, releases, keys };
    });
  }

  /** Whether somebody has wanted something else since the row was read. */
  async hasMoved({ id, generation }: Distribution): Promise<boolean> {
    return !(await this.intentions.read((em) => em.existsBy(Distribution, { id, generation })));
  }

  async noteInstance(row: CdnInstance, changes: Partial<CdnInstance>): Promise<void> {
    const changed = Object.entries(changes).some(([key, value]) => row[key as keyof CdnInstance] !== value);
    if (!changed) return;
    await this.intentions.read((em) => em.update(CdnInstance, { id: row.id }, changes));
    Object.assign(row, changes);
  }

  /** Notes what was found, unless somebody has wanted something else since the row was read. */
  async note(row: Distribution, state: DistributionState, stateReason: string | null): Promise<void> {
    const { id, generation } = row;
    const done = state === 'ready' ? { observedGeneration: generation } : {};
    if (
      row.state === state &&
      row.stateReason === stateReason &&
      (state !== 'ready' || row.observedGeneration === generation)
    )
      return;
    await this.intentions.read((em) =>
      em.update(Distribution, { id, generation, state: Not('deleting') }, { state, stateReason, ...done }),
    );
  }

  /** A transition has failed for now. What is being deleted stays so and says why it takes long. */
  async noteFailure(id: string, reason: string): Promise<void> {
    const sql = `UPDATE distributions SET state = CASE WHEN state = 'deleting' THEN state ELSE 'error' END, state_reason = $2
      WHERE id = $1 AND (state <> 'ready' OR observed_generation <> generation)`;
    await this.intentions.read((em) => em.query(sql, [id, reason]));
  }

  async noteShipped(releaseId: string, bytes: number): Promise<void> {
    const sql = 'UPDATE releases SET shipped_bytes = shipped_bytes + $2 WHERE id = $1';
    await this.intentions.read((em) => em.query(sql, [releaseId, bytes]));
  }

  forgetInstance(id: string): Promise<unknown> {
    return this.intentions.read((em) => em.delete(CdnInstance, { id }));
  }

  /** Those that are old now, whatever was read before: a rollback may have chosen one since. */
  async forgetReleases(distributionId: string): Promise<void> {
    await this.intentions.apply(context(), async ({ em }) => {
      const where = { id: distributionId };
      const row = await em.findOne(Distribution, { where, lock: { mode: 'pessimistic_write' } });
      if (!row) return;
      const releases = await em.find(CdnRelease, { where: { distributionId }, order: { number: 'ASC' } });
      await em.delete(CdnRelease, { id: In(oldReleases(releases, row).map(({ id }) => id)) });
    });
  }

  /** The distribution's last transaction. */
  async forget(id: string): Promise<void> {
    await this.intentions.apply(context(), async ({ em }) => {
      const releases = await em.findBy(CdnRelease, { distributionId: id });
      for (const entity of [CdnInstance, CdnRelease, CdnKey, CdnTraffic, DistributionProject])
        await em.delete(entity, { distributionId: id });
      await em.delete(Distribution, { id });
      const ids = releases.flatMap(({ contentId }) => contentId ?? []);
      await em.query(`DELETE FROM contents c WHERE id = ANY($1) AND ${NOT_RELEASED}`, [ids]);
      await release(em, id);
      await revokeGrants(em, id);
    });
  }

  /** Wakes the distributions of these instances. */
  async wakeInstances(ids: string[]): Promise<void> {
    await this.intentions.apply(context(), async ({ em }) => {
      const rows = await em.findBy(CdnInstance, { id: In(ids) });
      for (const id of [...new Set(rows.map((row) => row.distributionId))].sort()) {
        await wake(em, DISTRIBUTION, id);
      }
    });
  }

  /** All distributions of a tenant or of a user. */
  async deleteAllOf(whose: { tenantId: string } | { userId: string }): Promise<void> {
    await this.intentions.apply(context(), async ({ em }) => {
      const rows = await em.find(Distribution, {
        where: { ...whose, state: Not('deleting') },
        order: { id: 'ASC' },
      });
      for (const { id } of rows) await markDeleting(em, id);
      const [column, who] = 'userId' in whose ? ['user_id', whose.userId] : ['tenant_id', whose.tenantId];
      await em.query(`DELETE FROM contents c WHERE ${column} = $1 AND ${NOT_RELEASED}`, [who]);
      if ('tenantId' in whose) await forgetTenant(em, whose.tenantId);
      else await forgetUser(em, whose.userId);
    });
  }
}

const context = (): RequestContext => serviceContext('cdn', 'distributions');

/** It goes from whatever state it is in. */
export async function markDeleting(em: EntityManager, id: string): Promise<void> {
  const sql = `UPDATE distributions SET state = 'deleting', state_reason = NULL, generation = generation + 1,
    updated_at = now() WHERE id = $1`;
  await em.query(sql, [id]);
  await wake(em, DISTRIBUTION, id, { deadlineMs: DELETE_MS });
}

/** The distribution if the caller has `level` on it; locked for `manage`, inside a transaction. */
export function distributionFor(
  em: EntityManager,
  ctx: RequestContext,
  [id, level]: [id: string, level: GrantLevel],
): Promise<Distribution> {
  const lock = level === 'manage';
  return requireAccess(em, ctx, [Distribution, id], { noun: 'distribution', level, lock });
}

/** Wants something else of it. */
export async function changed(em: EntityManager, row: Distribution): Promise<void> {
  row.generation += 1;
  if (row.state === 'ready' || row.state === 'error')
    Object.assign(row, { state: 'updating', stateReason: null });
  await em.save(row);
  await wake(em, DISTRIBUTION, row.id, { deadlineMs: CREATE_MS[row.runtime] });
}

async function aroundOf(em: EntityManager, ids: string[]): Promise<Map<string, Around>> {
  const around = new Map(ids.map((id): [string, Around] => [id, { instances: [], keys: 0 }]));
  const where = { distributionId: In(ids) };
  const instances = await em.find(CdnInstance, { where, order: { role: 'ASC', location: 'ASC' } });
  for (const row of instances) around.get(row.distributionId)?.instances.push(row);
  for (const { distributionId } of await em.findBy(CdnKey, where)) {
    const one = around.get(distributionId);
    if (one) one.keys += 1;
  }
  for (const project of await em.findBy(DistributionProject, where)) {
    const one = around.get(project.distributionId);
    if (one) one.project = project;
  }
  return around;
}

export async function viewsOf(em: EntityManager, rows: Distribution[]): Promise<DistributionView[]> {
  const ids = rows.map(({ id }) => id);
  const around = await aroundOf(em, ids);
  return rows.map((row) => toDistributionView(row, around.get(row.id) ?? { instances: [], keys: 0 }));
}

export async function viewOf(em: EntityManager, row: Distribution): Promise<DistributionView> {
  const around = await aroundOf(em, [row.id]);
  return toDistributionView(row, around.get(row.id) ?? { instances: [], keys: 0 });
}
