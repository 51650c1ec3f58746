import { Injectable } from '@nestjs/common';
import type { Project } from '../../../../libs/entities/src/hosting';
import { ProjectMapper } from '../projects/projects.mapper';
import { Runners } from '../runners/runners';
import { endOf } from '../sites/ends.rules';
import { secretsOf, withoutSecrets } from './programs.rules';
import { RevisionStore } from './revisions.store';

@Injectable()
export class ProgramOutput {
  constructor(
    private readonly revisions: RevisionStore,
    private readonly runners: Runners,
    private readonly mapper: ProjectMapper,
  ) {}

  /** What a project's program wrote lately, without the values of its secrets; empty for a site that is files. */
  async of(project: Project, lines: number): Promise<string> {
    if (!project.runner) return '';
    const all = await this.revisions.of(project.id);
    const now = all.findLast(({ state }) => state === 'serving') ?? all.at(-1);
    if (!now) return '';
    const text = await this.runners.of(project).output(this.mapper.about(project), now.id, lines);
    return endOf(withoutSecrets(text, secretsOf(now, project)));
  }
}
