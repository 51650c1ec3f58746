import { Injectable } from '@nestjs/common';
import {
  conflict,
  notFound,
  publishProject,
  rollBackProject,
  type ById,
  type Page,
  type ProjectLogView,
  type ProjectReleaseView,
  type ProjectView,
  type ReadProjectLog,
  type RequestContext,
  type RollBackProject,
} from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { ProjectRelease, type Project } from '../../../../libs/entities/src/hosting';
import { ProgramOutput } from '../programs/program-output.service';
import { ProjectMapper } from '../projects/projects.mapper';
import { changeable, projectFor } from '../projects/projects.store';
import { VisitLogs } from '../sites/visit-logs.driver';
import { addRelease, serveRelease, toReleaseView } from './releases.store';

const LINES = 100;

@Injectable()
export class ReleasesService {
  constructor(
    private readonly intentions: Intentions,
    private readonly mapper: ProjectMapper,
    private readonly visits: VisitLogs,
    private readonly output: ProgramOutput,
  ) {}

  publish(ctx: RequestContext, input: ById): Promise<ProjectReleaseView> {
    return this.intentions.write(publishProject, ctx, input, async ({ em }) => {
      const row = await changeable(em, ctx, input.id);
      return toReleaseView(await addRelease(em, row, 'request'), row);
    });
  }

  list(ctx: RequestContext, { id }: ById): Promise<Page<ProjectReleaseView>> {
    return this.intentions.read(async (em) => {
      const project = await projectFor(em, ctx, [id, 'use']);
      const where = { projectId: id };
      const rows = await em.find(ProjectRelease, { where, order: { number: 'DESC' } });
      return { items: rows.map((row) => toReleaseView(row, project)) };
    });
  }

  async log(ctx: RequestContext, input: ReadProjectLog): Promise<ProjectLogView> {
    const { id, lines = LINES, log = 'visits' } = input;
    const project = await this.intentions.read((em) => projectFor(em, ctx, [id, 'use']));
    const text = log === 'visits' ? this.visits.tail(id, lines) : this.output.of(project, lines);
    return { text: await text };
  }

  rollBack(ctx: RequestContext, input: RollBackProject): Promise<ProjectView> {
    return this.intentions.write(rollBackProject, ctx, input, async ({ em }) => {
      const row = await changeable(em, ctx, input.id);
      await serveRelease(em, row, await earlier(em, row, input.release));
      return this.mapper.view(row);
    });
  }
}

/** The number asked for, or the newest that is kept before the one that is served. */
async function earlier(em: EntityManager, row: Project, wanted?: number): Promise<number> {
  const where = { projectId: row.id, state: 'ready' as const };
  const ready = await em.find(ProjectRelease, { where, order: { number: 'DESC' } });
  const found = ready.find(({ number }) =>
    wanted === undefined ? number < (row.release ?? 0) : number === wanted,
  );
  if (found) return found.number;
  if (wanted !== undefined) throw notFound('release', String(wanted));
  throw conflict('no_release_before', `${row.name} has no release before ${row.release ?? 'the first'}.`);
}
