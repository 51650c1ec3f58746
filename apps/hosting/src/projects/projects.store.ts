/** The rows of projects as the platform itself reads and changes them. */
import { Injectable } from '@nestjs/common';
import {
  conflict,
  isRunTemplate,
  projectChanged,
  serviceContext,
  type GrantLevel,
  type RequestContext,
} from '@nubo/contracts';
import {
  assertVersion,
  emit,
  forgetTenant,
  forgetUser,
  Intentions,
  requireAccess,
  revokeGrants,
} from '@nubo/persistence';
import { release } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { Not, type EntityManager } from 'typeorm';
import {
  Project,
  ProjectDomain,
  ProjectRelease,
  ProjectRevision,
  SshKey,
} from '../../../../libs/entities/src/hosting';
import { START_MS } from '../programs/programs.rules';
import { keptReleases } from '../releases/tree.rules';
import { endSessions } from '../sessions/sessions.store';
import type { KeptReleases } from '../sites/sites.driver';
import { restName } from './names.store';

export const PROJECT = 'project';
/** Folders are made, and links turned. */
const CHANGE_MS = 30_000;
/** An image reaches a host, and a program starts, or is given up. */
const PROGRAM_MS = START_MS + 60_000;
/** How long a change of the project may take. */
export const changeMs = ({ template }: Pick<Project, 'template'>): number =>
  isRunTemplate(template) ? PROGRAM_MS : CHANGE_MS;
/** A hundred thousand files go with it. */
export const DELETE_MS = 300_000;

@Injectable()
export class ProjectStore {
  constructor(private readonly intentions: Intentions) {}

  load(id: string): Promise<Project | null> {
    return this.intentions.read((em) => em.findOneBy(Project, { id }));
  }

  /** Names of people's own that lead to it now. */
  async domainsOf({ id: projectId }: Project): Promise<string[]> {
    const where = { projectId, held: true };
    const rows = await this.intentions.read((em) =>
      em.find(ProjectDomain, { where, order: { domain: 'ASC' } }),
    );
    return rows.map(({ domain }) => domain);
  }

  /** What was wanted when the row was read is true now. */
  noteReady(project: Project, stateReason: string | null = null): Promise<void> {
    return this.note(project, { state: 'ready', stateReason });
  }

  /** What was wanted when the row was read will not come true: it is not tried again until somebody wants something. */
  noteError(project: Project, stateReason: string): Promise<void> {
    return this.note(project, { state: 'error', stateReason });
  }

  /** What it still waits for on its way to what is wanted. */
  async noteWaiting({ id, generation, stateReason }: Project, waitsFor: string): Promise<void> {
    if (stateReason === waitsFor) return;
    const changes = { stateReason: waitsFor };
    await this.intentions.read((em) =>
      em.update(Project, { id, generation, state: Not('deleting') }, changes),
    );
  }

  /** Visitors get that release from now on. */
  async noteServed({ id, served }: Project, release: number): Promise<void> {
    if (served === release) return;
    await this.intentions.read((em) => em.update(Project, { id }, { served: release }));
  }

  private async note(row: Project, now: Pick<Project, 'state' | 'stateReason'>): Promise<void> {
    const { id, generation } = row;
    if (
      row.state === now.state &&
      row.stateReason === now.stateReason &&
      row.observedGeneration === generation
    )
      return;
    const noted = { ...now, observedGeneration: generation };
    await this.intentions.read((em) => em.update(Project, { id, generation, state: Not('deleting') }, noted));
  }

  /** A transition takes too long. What is being deleted stays so, and says why. */
  async noteFailure(id: string, reason: string): Promise<void> {
    const sql = `UPDATE projects SET state = CASE WHEN state = 'deleting' THEN state ELSE 'error' END, state_reason = $2
      WHERE id = $1 AND (state <> 'ready' OR observed_generation <> generation)`;
    await this.intentions.read((em) => em.query(sql, [id, reason]));
  }

  /** The releases that are kept; the rows of the others go. */
  keepReleases({ id, keepReleases }: Project, inUse: number[]): Promise<KeptReleases> {
    return this.intentions.apply(context(), async ({ em }) => {
      const project = await em.findOne(Project, { where: { id }, lock: { mode: 'pessimistic_write' } });
      const rows = await em.find(ProjectRelease, { where: { projectId: id }, order: { number: 'DESC' } });
      const needed = new Set([...inUse, ...(project?.release ? [project.release] : [])]);
      const kept = keptReleases(rows, keepReleases, needed);
      const waiting = rows.filter(({ state }) => state === 'waiting');
      const failed = rows.filter(({ state }) => state === 'error').slice(0, keepReleases);
      const staying = new Set([...kept, ...waiting, ...failed].map((row) => row.id));
      for (const row of rows.filter((each) => !staying.has(each.id)))
        await em.delete(ProjectRelease, { id: row.id });
      const numbers = new Set([...kept, ...waiting].map(({ number }) => number));
      return { numbers, newest: project?.lastRelease ?? 0 };
    });
  }

  /** The project's last transaction. */
  async forget(id: string): Promise<void> {
    await this.intentions.apply(context(), async ({ em }) => {
      await endSessions(em, id);
      await em.delete(SshKey, { projectId: id });
      await em.delete(ProjectRelease, { projectId: id });
      await em.delete(ProjectRevision, { projectId: id });
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
  await emit(em, projectChanged, { projectId: id });
  await wake(em, PROJECT, id, { deadlineMs: DELETE_MS });
}

/** Wants something else of it, in the caller's transaction; `row` is locked. */
export async function wanted(em: EntityManager, row: Project): Promise<void> {
  row.generation += 1;
  if (row.state === 'ready' || row.state === 'error')
    Object.assign(row, { state: 'updating', stateReason: null });
  await em.save(row);
  await wake(em, PROJECT, row.id, { deadlineMs: changeMs(row) });
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
