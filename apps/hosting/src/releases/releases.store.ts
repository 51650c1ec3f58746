import { randomUUID } from 'node:crypto';
import type { ProjectReleaseView, PublishedBy } from '@nubo/contracts';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Project, ProjectRelease } from '../../../../libs/entities/src/hosting';
import { CHANGE_MS, PROJECT } from '../projects/projects.store';

export const RELEASE = 'project-release';
export const PUBLICATION = 'publication';
/** A hundred thousand files are read and laid out. */
const RELEASE_MS = 300_000;

/** Adds the next release, in the caller's transaction; `row` is locked. It is of everything that was written until now. */
export async function addRelease(
  em: EntityManager,
  row: Project,
  publishedBy: PublishedBy,
): Promise<ProjectRelease> {
  const id = randomUUID();
  const number = row.lastRelease + 1;
  row.lastRelease = number;
  const sql = `UPDATE projects SET last_release = $2, released_touch = touched_at, publishing = NULL WHERE id = $1`;
  await em.query(sql, [row.id, number]);
  await em.insert(ProjectRelease, { id, projectId: row.id, number, state: 'waiting', publishedBy });
  await wake(em, RELEASE, id, { deadlineMs: RELEASE_MS });
  return em.findOneByOrFail(ProjectRelease, { id });
}

/** Wants that release to be served; `row` is locked. */
export async function serveRelease(em: EntityManager, row: Project, number: number): Promise<void> {
  row.release = number;
  row.generation += 1;
  if (row.state === 'ready' || row.state === 'error')
    Object.assign(row, { state: 'updating', stateReason: null });
  const { id, release, generation, state, stateReason } = row;
  await em.update(Project, { id }, { release, generation, state, stateReason });
  await wake(em, PROJECT, id, { deadlineMs: CHANGE_MS });
}

/** `served`: the number of the release that is to be served. */
export function toReleaseView(row: ProjectRelease, served: number | null): ProjectReleaseView {
  const { id, projectId, number, stateReason, publishedBy, manifest, files, unfinished } = row;
  return {
    ...{ id, projectId, number, stateReason, publishedBy, manifest, files, unfinished },
    state: row.state === 'ready' && number === served ? 'active' : row.state,
    bytes: Number(row.bytes),
    createdAt: row.createdAt.toISOString(),
  };
}
