/** The rows of revisions: what is, was and shall be run of a project. */
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { Project, ProjectRelease, ProjectRevision } from '../../../../libs/entities/src/hosting';
import { fingerprintOf } from './programs.rules';

/** Failed ones are remembered for their reasons. */
const FAILED_KEPT = 3;

@Injectable()
export class RevisionStore {
  constructor(private readonly intentions: Intentions) {}

  /** Oldest first. */
  of(projectId: string): Promise<ProjectRevision[]> {
    const order = { createdAt: 'ASC', id: 'ASC' } as const;
    return this.intentions.read((em) => em.find(ProjectRevision, { where: { projectId }, order }));
  }

  /** What the release consists of; empty for one that is not known any more. */
  async manifest({ projectId, release: number }: ProjectRevision): Promise<string> {
    const row = await this.intentions.read((em) => em.findOneBy(ProjectRelease, { projectId, number }));
    return row?.manifest ?? '';
  }

  /** What is wanted now is to be started; what was to be started before is not. */
  async begin(projectId: string): Promise<void> {
    await this.change(projectId, async (em, project) => {
      const { release, templateVersion, memoryMib, generation } = project;
      if (release === null || templateVersion === null) return;
      const fingerprint = fingerprintOf(project);
      const known = await em.existsBy(ProjectRevision, { projectId, fingerprint, state: 'starting' });
      if (known) return;
      await em.update(ProjectRevision, { projectId, state: 'starting' }, { state: 'leaving' });
      const env = { ...project.env, ...project.secrets };
      const what = { release, fingerprint, generation, templateVersion, memoryMib, env };
      await em.insert(ProjectRevision, { id: randomUUID(), projectId, ...what, state: 'starting' });
    });
  }

  /** Visitors get it from now on, and no other. */
  async serves({ id, projectId, release }: ProjectRevision): Promise<void> {
    await this.change(projectId, async (em) => {
      await em.update(ProjectRevision, { projectId, state: 'serving' }, { state: 'leaving' });
      await em.update(ProjectRevision, { id }, { state: 'serving', stateReason: null });
      await em.update(Project, { id: projectId }, { served: release });
    });
  }

  /** It did not come up; until somebody wants something else it is not tried again. */
  async fail({ id, projectId }: ProjectRevision, generation: number, stateReason: string): Promise<void> {
    const failed = { state: 'failed' as const, stateReason, generation };
    await this.change(projectId, (em) => em.update(ProjectRevision, { id, state: 'starting' }, failed));
  }

  /** Nobody wants it: it is not come back to. */
  async leaves({ id, projectId, state }: ProjectRevision): Promise<void> {
    if (state === 'leaving' || state === 'failed') return;
    await this.change(projectId, (em) => em.update(ProjectRevision, { id, state }, { state: 'leaving' }));
  }

  /** Nothing runs of it any more. */
  async discarded({ id, state }: ProjectRevision): Promise<void> {
    await this.intentions.read(async (em) => {
      if (state === 'failed') await em.update(ProjectRevision, { id }, { discarded: true });
      else await em.delete(ProjectRevision, { id, state: 'leaving' });
    });
  }

  /** Failures that nobody needs to know of any more. */
  async forgetFailures(projectId: string): Promise<void> {
    const sql = `DELETE FROM revisions WHERE project_id = $1 AND discarded AND id NOT IN
      (SELECT id FROM revisions WHERE project_id = $1 AND discarded ORDER BY created_at DESC LIMIT $2)`;
    await this.intentions.read((em) => em.query(sql, [projectId, FAILED_KEPT]));
  }

  /** Nothing while the project goes. */
  private async change(
    id: string,
    work: (em: EntityManager, project: Project) => Promise<unknown>,
  ): Promise<void> {
    await this.intentions.apply(serviceContext('hosting', id), async ({ em }) => {
      const project = await em.findOne(Project, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (project && project.state !== 'deleting') await work(em, project);
    });
  }
}
