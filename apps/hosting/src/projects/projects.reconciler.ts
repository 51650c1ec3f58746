import { Injectable, type OnModuleInit } from '@nestjs/common';
import { isRunTemplate } from '@nubo/contracts';
import { gone, settled, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import type { Project } from '../../../../libs/entities/src/hosting';
import { DomainStore } from '../domains/domains.store';
import { ProgramsReconciler } from '../programs/programs.reconciler';
import { Sites } from '../sites/sites.driver';
import { ProjectFolders } from './project-folders.driver';
import { ProjectMapper } from './projects.mapper';
import { PROJECT, ProjectStore } from './projects.store';

const REMOVE_LOOK_MS = 300;
/** Of several releases of a hundred thousand files. */
const REMOVE_MS = 240_000;

/** Makes a project's folders, serves the release that is wanted, and removes all that it has. */
@Injectable()
export class ProjectsReconciler implements Reconciler, OnModuleInit {
  readonly kind = PROJECT;

  constructor(
    private readonly worker: Worker,
    private readonly store: ProjectStore,
    private readonly folders: ProjectFolders,
    private readonly sites: Sites,
    private readonly mapper: ProjectMapper,
    private readonly programs: ProgramsReconciler,
    private readonly domains: DomainStore,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const project = await this.store.load(id);
    if (!project) return gone();
    if (project.state === 'deleting') return this.remove(project, run);
    await run.step('make its folders', () => this.folders.make(id));
    const outcome = isRunTemplate(project.template)
      ? await this.programs.converge(project, run)
      : await this.serve(project, run);
    const inUse = await this.programs.releasesInUse(id);
    await run.step('tidy its releases', async () =>
      this.sites.keepOnly(id, await this.store.keepReleases(project, inUse)),
    );
    return outcome;
  }

  private async serve(project: Project, run: Run): Promise<Outcome> {
    const { id, release } = project;
    if (release !== null) {
      await run.step('serve the release', () => this.sites.serve(this.mapper.hostname(project), id, release));
      await run.step('note what is served', () => this.store.noteServed(project, release));
    }
    await run.step('note that it is ready', () => this.store.noteReady(project));
    return settled();
  }

  private async remove(project: Project, run: Run): Promise<Outcome> {
    const { id } = project;
    await run.step('take its name away', () => this.sites.serveNoMore(this.mapper.hostname(project)));
    await run.step('take its domains away', () => this.domains.endAllOf(id));
    if (!(await this.programs.remove(project, run))) return waiting('its replicas to go', REMOVE_LOOK_MS);
    await run.step('remove its files', () => this.folders.remove(id), REMOVE_MS);
    await run.step('forget the project', () => this.store.forget(id));
    return gone();
  }

  expired(id: string, reason: string): Promise<void> {
    return this.store.noteFailure(id, reason);
  }
}
