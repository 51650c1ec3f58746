/** The rows of revisions: what is, was and shall be run of a project. */
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { Project, ProjectRelease, ProjectRevision } from '../../../../libs/entities/src/hosting';
import { isWanted, type OpenedRevision } from './programs.rules';
import { Secrets } from './secrets.service';

/** Failed ones are remembered for their reasons. */
const FAILED_KEPT = 3;

@Injectable()
export class RevisionStore {
  constructor(
    private readonly intentions: Intentions,
    private readonly secrets: Secrets,
  ) {}

  /** Oldest first. */
  async of(projectId: string): Promise<OpenedRevision[]> {
    const rows = await this.intentions.read((em) => this.rows(em, projectId));
    return rows.map((row) => this.secrets.openedRevision(row));
  }

  private rows(em: EntityManager, projectId: string): Promise<ProjectRevision[]> {
    return em.find(ProjectRevision, { where: { projectId }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** What the release consists of; empty for one that is not known any more. */
  async manifest({ projectId, release: number }: OpenedRevision): Promise<string> {
    const row = await this.intentions.read((em) => em.findOneBy(ProjectRelease, { projectId, number }));
    return row?.manifest ?? '';
  }

  /** What is wanted now is to be started; what was to be started before is not. */
  async begin(projectId: string): Promise<void> {
    await this.change(projectId, async (em, row) => {
      const { release, templateVersion, memoryMib, healthPath, generation } = row;
      if (release === null || templateVersion === null) return;
      const project = this.secrets.opened(row);
      const all = (await this.rows(em, projectId)).map((one) => this.secrets.openedRevision(one));
      if (all.some((one) => one.state === 'starting' && isWanted(one, project))) return;
      await em.update(ProjectRevision, { projectId, state: 'starting' }, { state: 'leaving' });
      const id = randomUUID();
      const env = this.secrets.sealedRevision(id, { ...project.env, ...project.secrets });
      const what = { release, generation, templateVersion, memoryMib, healthPath, env };
      await em.insert(ProjectRevision, { id, projectId, ...what, state: 'starting' });
    });
  }

  /** Visitors get it from now on, and no other. */
  async serves({ id, projectId, release }: OpenedRevision): Promise<void> {
    await this.change(projectId, async (em) => {
      await em.update(ProjectRevision, { projectId, state: 'serving' }, { state: 'leaving' });
      await em.update(ProjectRevision, { id }, { state: 'serving', stateReason: null });
      await em.update(Project, { id: projectId }, { served: release });
    });
  }

  /** It did not come up; until somebody wants something else it is not tried again. */
  async fail({ id, projectId }: OpenedRevision, generation: number, stateReason: string): Promise<void> {
    const failed = { state: 'failed' as const, stateReason, generation };
    await this.change(projectId, (em) => em.update(ProjectRevision, { id, state: 'starting' }, failed));
  }

  /** Nobody wants it: it is not come back to. */
  async leaves({ id, projectId, state }: OpenedRevision): Promise<void> {
    if (state === 'leaving' || state === 'failed') return;
    await this.change(projectId, (em) => em.update(ProjectRevision, { id, state }, { state: 'leaving' }));
  }

  /** Nothing runs of it any more. */
  async discarded({ id, state }: Pick<OpenedRevision, 'id' | 'state'>): Promise<void> {
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
