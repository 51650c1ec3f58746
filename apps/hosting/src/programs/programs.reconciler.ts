import { Injectable } from '@nestjs/common';
import { isRunTemplate, NuboError } from '@nubo/contracts';
import { log } from '@nubo/observability';
import { LeaseLost, settled, waiting, type Outcome, type Run } from '@nubo/reconcile';
import type { Project } from '../../../../libs/entities/src/hosting';
import { ProjectFolders } from '../projects/project-folders.driver';
import { ProjectMapper } from '../projects/projects.mapper';
import { DELETE_MS, ProjectStore } from '../projects/projects.store';
import type { Revision, RevisionStatus, Runner } from '../runners/runner';
import { Runners } from '../runners/runners';
import { Sites } from '../sites/sites.driver';
import {
  failureText,
  planOf,
  secretsOf,
  START_MS,
  withoutSecrets,
  type OpenedRevision,
  type Plan,
} from './programs.rules';
import { RevisionStore } from './revisions.store';
import { Secrets } from './secrets.service';

/** Of what runs; events say sooner that something has ended. */
const LOOK_MS = 10_000;
const LOOK_SOON_MS = 2_000;
const START_LOOK_MS = 300;
/** Of what a failed program wrote. */
const LINES = 20;

/** A project, what runs it, and the run of the reconciler. */
interface Task {
  project: Project;
  runner: Runner;
  run: Run;
}

/** Keeps the wanted release of a project running. The one before serves until the new one answers. */
@Injectable()
export class ProgramsReconciler {
  constructor(
    private readonly projects: ProjectStore,
    private readonly revisions: RevisionStore,
    private readonly runners: Runners,
    private readonly sites: Sites,
    private readonly folders: ProjectFolders,
    private readonly mapper: ProjectMapper,
    private readonly secrets: Secrets,
  ) {}

  async converge(project: Project, run: Run): Promise<Outcome> {
    if (project.release === null) {
      await run.step('note that it is ready', () => this.projects.noteReady(project, null));
      return settled();
    }
    const task = { project, run, runner: this.runners.of(project) };
    let plan = await this.plan(project);
    if (plan.isMissing) {
      await run.step('want a revision', () => this.revisions.begin(project.id));
      plan = await this.plan(project);
    }
    const { serving, starting, failed } = plan;
    const served = serving && (await this.serve(task, serving));
    const waits = starting && (await this.start(task, starting));
    // What was served until now is not wanted any more: the plan is made anew.
    if (waits === 'done') return waiting('what was served before', 0);
    const isLeft = await this.leave(task, plan.leaving);
    if (waits) {
      await run.step('note what it waits for', () => this.projects.noteWaiting(project, waits));
      return waiting(waits, START_LOOK_MS);
    }
    await this.note(task, failed, served);
    await this.revisions.forgetFailures(project.id);
    return settled(isLeft || served?.waitsFor ? LOOK_SOON_MS : LOOK_MS);
  }

  private async plan(project: Project): Promise<Plan> {
    return planOf(this.secrets.opened(project), await this.revisions.of(project.id));
  }

  /**
   * True when nothing of it runs any more, or what does is out of reach: in a cluster that is not set up any more, or that is
   * silent for as long as a deletion may take. When that is back, it is tidied of projects that nobody knows.
   */
  async remove(project: Project, run: Run): Promise<boolean> {
    const runner = this.runners.find(project);
    if (!runner) return true;
    try {
      return await runner.remove(this.mapper.about(project), run);
    } catch (error) {
      if (!isAway(error) || Date.now() - project.updatedAt.getTime() < DELETE_MS) throw error;
      log.warn({ err: error, projectId: project.id }, 'a project goes without its cluster');
      return true;
    }
  }

  /** The releases that something runs of, or shall; what failed and is gone is kept for its reason only. */
  async releasesInUse(projectId: string): Promise<number[]> {
    const revisions = await this.revisions.of(projectId);
    return revisions.filter(({ discarded }) => !discarded).map(({ release }) => release);
  }

  private async serve(task: Task, row: OpenedRevision): Promise<RevisionStatus> {
    const revision = await this.revisionOf(task.project, row);
    const status = await this.tried(task, revision);
    // When nobody answers, whoever answered last may be back first.
    if (status.endpoints.length > 0) await this.lead(task, revision, status);
    return status;
  }

  /** What it waits for; `done` when it serves; null when it has failed. */
  private async start(task: Task, row: OpenedRevision): Promise<string | null> {
    const revision = await this.revisionOf(task.project, row);
    const status = await this.tried(task, revision);
    if (status.waitsFor === null) {
      await this.lead(task, revision, status);
      await task.run.step('note that it serves', () => this.revisions.serves(row));
      return 'done';
    }
    const isLate = Date.now() - row.createdAt.getTime() > START_MS;
    if (!status.failure && !isLate) return status.waitsFor;
    await this.fail(task, row, status.failure ?? status.waitsFor);
    return null;
  }

  private async tried({ runner, project, run }: Task, revision: Revision): Promise<RevisionStatus> {
    try {
      return await runner.ensure(revision, project.replicas, run);
    } catch (error) {
      if (!isFinal(error)) throw error;
      const failure = error.code === NOT_YET ? null : error.message;
      return { ready: 0, endpoints: [], waitsFor: error.message, failure };
    }
  }

  private async lead(
    { project, runner, run }: Task,
    revision: Revision,
    status: RevisionStatus,
  ): Promise<void> {
    const way = { endpoints: status.endpoints, domains: () => this.projects.domainsOf(project) };
    const endpoints = await runner.lead(revision, way, run);
    const { hostname } = revision.project;
    await run.step('lead visitors to it', () =>
      this.sites.lead(hostname, project.id, { revisionId: revision.id, endpoints }),
    );
    await run.step('lead them nowhere else', () => this.sites.leadNoMore(project.id, revision.id));
  }

  private async fail({ project, runner, run }: Task, row: OpenedRevision, reason: string): Promise<void> {
    const about = this.mapper.about(project);
    const written = await run.step('read what it wrote', () =>
      runner.output(about, row.id, LINES).catch(() => ''),
    );
    const output = withoutSecrets(written, secretsOf(row, project));
    const text = failureText(row.release, { reason, output, served: project.served });
    await run.step('note why it does not run', () => this.revisions.fail(row, project.generation, text));
  }

  /** Whether something of them is still there. */
  private async leave({ project, runner, run }: Task, rows: OpenedRevision[]): Promise<boolean> {
    let isLeft = false;
    for (const row of rows) {
      await run.step('let a revision go', () => this.revisions.leaves(row));
      const isGone = await runner.discard(this.mapper.about(project), row.id, run);
      if (isGone)
        await run.step('forget a revision', () =>
          this.revisions.discarded({ ...row, state: row.state === 'failed' ? 'failed' : 'leaving' }),
        );
      else isLeft = true;
    }
    return isLeft;
  }

  private async note(
    { project, run }: Task,
    failed?: OpenedRevision,
    served?: RevisionStatus,
  ): Promise<void> {
    const reason = failed?.stateReason;
    if (failed) return run.step('note the failure', () => this.projects.noteError(project, reason ?? ''));
    if (!served) return;
    await run.step('note that it is ready', () => this.projects.noteReady(project, served.waitsFor));
  }

  private async revisionOf(project: Project, row: OpenedRevision): Promise<Revision> {
    const { template } = project;
    if (!isRunTemplate(template)) throw new TypeError(`${template} runs nothing`);
    const { id, release, templateVersion, memoryMib: memory, healthPath, env } = row;
    const content = {
      manifest: await this.revisions.manifest(row),
      folder: this.folders.release(project.id, release),
      files: () => this.sites.files(project.id, release),
    };
    return {
      id,
      project: this.mapper.about(project),
      release,
      content,
      template,
      templateVersion,
      memory,
      healthPath,
      env,
    };
  }
}

const FINAL = ['invalid', 'exhausted', 'forbidden', 'not_found', 'unprocessable'];

/** The operator may lay it down yet, and compute takes a moment for it. */
const NOT_YET = 'no_platform_image';

/** Nobody answers where it ran. */
const isAway = (error: unknown): boolean => error instanceof NuboError && error.code === 'cluster_away';

/** Nothing gets better by trying again soon. */
function isFinal(error: unknown): error is NuboError {
  return !(error instanceof LeaseLost) && error instanceof NuboError && FINAL.includes(error.kind);
}
