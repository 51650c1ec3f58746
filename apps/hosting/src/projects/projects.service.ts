import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  createProject,
  deleteProject,
  isRunTemplate,
  listProjects,
  updateProject,
  type ById,
  type CreatedProjectView,
  type CreateProject,
  type ListInput,
  type Page,
  type ProjectView,
  type RequestContext,
  type UpdateProject,
} from '@nubo/contracts';
import {
  assertVersion,
  filterOn,
  grant,
  Intentions,
  limitToVisible,
  pageOfQuery,
  principalOf,
  writtenByUser,
  type Intention,
} from '@nubo/persistence';
import { reserve } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { Project } from '../../../../libs/entities/src/hosting';
import { newLogin } from '../credentials/credentials.rules';
import { Passwords } from '../credentials/passwords.service';
import { assertRunnable, changesProgram, defaultVersion, type Settings } from '../programs/programs.rules';
import { HostingConfig } from '../hosting.config';
import { Secrets } from '../programs/secrets.service';
import { PUBLICATION } from '../releases/releases.store';
import { Runners } from '../runners/runners';
import { assertMayBeNamed } from './names.rules';
import { takeName } from './names.store';
import { ProjectMapper } from './projects.mapper';
import { changeable, changeMs, markDeleting, PROJECT, projectFor, wanted } from './projects.store';

const FILTER = filterOn(Project, listProjects, { memory: 'memoryMib' });
const NO_VARIABLES = { env: {}, secrets: {} };
const DEFAULTS = { template: 'static', keepReleases: 5, autoPublish: 'quiet', quietSeconds: 3 } as const;

@Injectable()
export class ProjectsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly passwords: Passwords,
    private readonly mapper: ProjectMapper,
    private readonly runners: Runners,
    private readonly config: HostingConfig,
    private readonly secrets: Secrets,
  ) {}

  async create(ctx: RequestContext, input: CreateProject): Promise<CreatedProjectView> {
    assertMayBeNamed(input.name, this.config);
    const { template = DEFAULTS.template, runner: wish } = input;
    assertRunnable(template, { ...settingsOf(input), runner: wish }, NO_VARIABLES);
    const runner = isRunTemplate(template) ? this.runners.forNew(wish) : null;
    const { password, passwordHash } = await this.passwords.make(ctx);
    let made = false;
    const answer = await this.intentions.write(createProject, ctx, input, async (intention) => {
      made = true;
      return {
        ...this.mapper.view(await this.insert(intention, input, { passwordHash, runner })),
        password: null,
      };
    });
    return { ...answer, password: made && !ctx.dryRun ? password : null };
  }

  list(ctx: RequestContext, input: ListInput): Promise<Page<ProjectView>> {
    return this.intentions.read((em) => {
      const query = limitToVisible(em.createQueryBuilder(Project, 'p'), ctx);
      return pageOfQuery(query, input, this.mapper.view, FILTER.for(ctx));
    });
  }

  get(ctx: RequestContext, id: string): Promise<ProjectView> {
    return this.intentions.read(async (em) => this.mapper.view(await projectFor(em, ctx, [id, 'use'])));
  }

  update(ctx: RequestContext, input: UpdateProject): Promise<ProjectView> {
    const { keepReleases, autoPublish, quietSeconds, metadata } = input;
    const settings = settingsOf(input);
    return this.intentions.write(updateProject, ctx, input, async ({ em }) => {
      const row = await changeable(em, ctx, input.id);
      writtenByUser(row, { metadata });
      row.keepReleases = keepReleases ?? row.keepReleases;
      row.autoPublish = autoPublish ?? row.autoPublish;
      row.quietSeconds = quietSeconds ?? row.quietSeconds;
      if (changesProgram(settings)) {
        assertRunnable(row.template, settings, this.secrets.opened(row));
        Object.assign(row, this.programOf(row.id, settings));
        await wanted(em, row);
      } else {
        await em.save(row);
        await wake(em, PROJECT, row.id);
      }
      if (autoPublish !== undefined || quietSeconds !== undefined) await wake(em, PUBLICATION, row.id);
      return this.mapper.view(row);
    });
  }

  delete(ctx: RequestContext, input: ById): Promise<ProjectView> {
    return this.intentions.write(deleteProject, ctx, input, async ({ em }) => {
      const row = await projectFor(em, ctx, [input.id, 'manage']);
      if (row.state === 'deleting') return this.mapper.view(row);
      assertVersion(ctx, row);
      await markDeleting(em, row.id);
      return this.mapper.view(await em.findOneByOrFail(Project, { id: row.id }));
    });
  }

  /** Columns of what was asked for. */
  private programOf(id: string, settings: Settings): Partial<Project> {
    const { templateVersion, replicas, memory, healthPath, env, secrets } = settings;
    return {
      ...(templateVersion !== undefined && { templateVersion }),
      ...(replicas !== undefined && { replicas }),
      ...(memory !== undefined && { memoryMib: memory }),
      ...(healthPath !== undefined && { healthPath }),
      ...(env !== undefined && { env }),
      ...(secrets !== undefined && { secrets: this.secrets.sealed(id, secrets) }),
    };
  }

  private async insert(
    { em, ctx }: Intention,
    input: CreateProject,
    { passwordHash, runner }: Pick<Project, 'passwordHash' | 'runner'>,
  ): Promise<Project> {
    const { tenantId, userId } = principalOf(ctx);
    const id = randomUUID();
    const { name, metadata = {}, template = DEFAULTS.template } = input;
    await reserve(em, { tenantId, userId }, id, { projects: 1 });
    await takeName(em, name, id);
    await em.insert(Project, {
      ...{ id, tenantId, userId, name, metadata, passwordHash },
      login: newLogin(name),
      ...{ template, templateVersion: defaultVersion(template), runner },
      ...this.programOf(id, settingsOf(input)),
      keepReleases: input.keepReleases ?? DEFAULTS.keepReleases,
      autoPublish: input.autoPublish ?? DEFAULTS.autoPublish,
      quietSeconds: input.quietSeconds ?? DEFAULTS.quietSeconds,
      state: 'creating',
    });
    await grant(em, id, { userId, tenantId }, 'manage');
    await wake(em, PROJECT, id, { deadlineMs: changeMs({ template }) });
    return em.findOneByOrFail(Project, { id });
  }
}

const settingsOf = ({ templateVersion, replicas, memory, healthPath, env, secrets }: Settings): Settings => ({
  ...{ templateVersion, replicas, memory, healthPath, env, secrets },
});
