import { randomUUID } from 'node:crypto';
import { isRunTemplate, projectChanged, type ProjectReleaseView, type PublishedBy } from '@nubo/contracts';
import { emit } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { type Project, ProjectRelease } from '../../../../libs/entities/src/hosting';
import { wanted } from '../projects/projects.store';

export const RELEASE = 'project-release';
export const PUBLICATION = 'publication';
/** A hundred thousand files are read and laid out, on a slow disk in several goes: what was read is remembered. */
const RELEASE_MS = 900_000;

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
  await wanted(em, row);
  await emit(em, projectChanged, { projectId: row.id });
}

/** Files are served as soon as that is wanted; a program is, once it answers. */
export function toReleaseView(row: ProjectRelease, project: Project): ProjectReleaseView {
  const served = isRunTemplate(project.template) ? project.served : project.release;
  const { id, projectId, number, stateReason, publishedBy, manifest, files, unfinished } = row;
  return {
    ...{ id, projectId, number, stateReason, publishedBy, manifest, files, unfinished },
    state: row.state === 'ready' && number === served ? 'active' : row.state,
    bytes: Number(row.bytes),
    createdAt: row.createdAt.toISOString(),
  };
}
