/** The rows of projects as the platform itself reads and changes them. */
import { Injectable } from '@nestjs/common';
import { conflict, serviceContext, type GrantLevel, type RequestContext } from '@nubo/contracts';
import {
  assertVersion,
  forgetTenant,
  forgetUser,
  Intentions,
  requireAccess,
  revokeGrants,
} from '@nubo/persistence';
import { release } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { Not, type EntityManager } from 'typeorm';
import { Project, ProjectRelease, SshKey } from '../../../../libs/entities/src/hosting';
import { keptReleases } from '../releases/tree.rules';
import { endSessions } from '../sessions/sessions.store';
import { restName } from './names.store';

export const PROJECT = 'project';
/** Folders are made, and links turned. */
export const CHANGE_MS = 30_000;
/** A hundred thousand files go with it. */
export const DELETE_MS = 300_000;

@Injectable()
export class ProjectStore {
  constructor(private readonly intentions: Intentions) {}

  load(id: string): Promise<Project | null> {
    return this.intentions.read((em) => em.findOneBy(Project, { id }));
  }

  /** What was wanted when the row was read is true now. */
  async noteReady({ id, generation }: Project): Promise<void> {
    const ready = { state: 'ready' as const, stateReason: null, observedGeneration: generation };
    await this.intentions.read((em) => em.update(Project, { id, generation, state: Not('deleting') }, ready));
  }

  /** A transition takes too long. What is being deleted stays so, and says why. */
  async noteFailure(id: string, reason: string): Promise<void> {
    const sql = `UPDATE projects SET state = CASE WHEN state = 'deleting' THEN state ELSE 'error' END, state_reason = $2
      WHERE id = $1 AND (state <> 'ready' OR observed_generation <> generation)`;
    await this.intentions.read((em) => em.query(sql, [id, reason]));
  }

  /** The numbers of the releases that are kept; the rows of the others go. */
  keepReleases({ id, keepReleases }: Project): Promise<Set<number>> {
    return this.intentions.apply(context(), async ({ em }) => {
      const project = await em.findOne(Project, { where: { id }, lock: { mode: 'pessimistic_write' } });
      const rows = await em.find(ProjectRelease, { where: { projectId: id }, order: { number: 'DESC' } });
      const kept = keptReleases(rows, keepReleases, project?.release ?? null);
      const waiting = rows.filter(({ state }) => state === 'waiting');
      const failed = rows.filter(({ state }) => state === 'error').slice(0, keepReleases);
      const staying = new Set([...kept, ...waiting, ...failed].map((row) => row.id));
      for (const row of rows.filter((each) => !staying.has(each.id)))
        await em.delete(ProjectRelease, { id: row.id });
      return new Set([...kept, ...waiting].map(({ number }) => number));
    });
  }

  /** The project's last transaction. */
  async forget(id: string): Promise<void> {
    await this.intentions.apply(context(), async ({ em }) => {
      await endSessions(em, id);
      await em.delete(SshKey, { projectId: id });
      await em.delete(ProjectRelease, { projectId: id });
      await em.delete(Project, { id });
      await restName(em, id);
      await release(em, id);
      await revokeGrants(em, id);
    });
  }

  /** All projects of a tenant or of a user. */
  async deleteAllOf(whose: { tenantId: string } | { userId: string }): Promise<void> {
    await this.intentions.apply(context(), async ({ em }) => {
      const where = { ...whose, state: Not('deleting' as const) };
      for (const { id } of await em.find(Project, { where, order: { id: 'ASC' } }))
        await markDeleting(em, id);
      if ('tenantId' in whose) await forgetTenant(em, whose.tenantId);
      else await forgetUser(em, whose.userId);
    });
  }
}

const context = (): RequestContext => serviceContext('hosting', 'projects');

/** It goes from whatever state it is in. */
export async function markDeleting(em: EntityManager, id: string): Promise<void> {
  const sql = `UPDATE projects SET state = 'deleting', state_reason = NULL, generation = generation + 1,
    updated_at = now() WHERE id = $1`;
  await em.query(sql, [id]);
  await endSessions(em, id);
  await wake(em, PROJECT, id, { deadlineMs: DELETE_MS });
}

/** The project if the caller has `level` on it; locked for `manage`, inside a transaction. */
export function projectFor(
  em: EntityManager,
  ctx: RequestContext,
  [id, level]: [id: string, level: GrantLevel],
): Promise<Project> {
  const lock = level === 'manage';
  return requireAccess(em, ctx, [Project, id], { noun: 'project', level, lock });
}

/** Locked. Throws `conflict` when it goes already, `precondition` when it is another version. */
export async function changeable(em: EntityManager, ctx: RequestContext, id: string): Promise<Project> {
  const row = await projectFor(em, ctx, [id, 'manage']);
  assertVersion(ctx, row);
  if (row.state === 'deleting') throw conflict('being_deleted', `${row.name} is being deleted.`);
  return row;
}
