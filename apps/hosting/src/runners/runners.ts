import { Injectable } from '@nestjs/common';
import { ConfigError } from '@nubo/config';
import { invalidFields, RUNNER_KINDS, unprocessable, type RunnerKind } from '@nubo/contracts';
import type { Project } from '../../../../libs/entities/src/hosting';
import { HostingConfig } from '../hosting.config';
import { KubernetesConfig } from './kubernetes/kubernetes.config';
import { KubernetesRunner } from './kubernetes/kubernetes.runner';
import { NuboRunner } from './nubo/nubo.runner';
import type { Runner } from './runner';

/** The runners that there are, by the word in a project's row: it stays with the one that it began with. */
@Injectable()
export class Runners {
  private readonly all: Partial<Record<RunnerKind, Runner>>;
  private readonly usual: RunnerKind;

  constructor(
    { runner }: HostingConfig,
    cluster: KubernetesConfig,
    nubo: NuboRunner,
    kubernetes: KubernetesRunner,
  ) {
    this.all = { nubo, ...(cluster.isThere && { kubernetes }) };
    const usual = this.kinds.find((kind) => kind === runner);
    if (!usual)
      throw new ConfigError(`NUBO_HOSTING_RUNNER must be one of ${this.kinds.join(', ')}, not ${runner}`);
    this.usual = usual;
  }

  /** What runs a new project. Throws `invalid` for a wish that is not set up here. */
  forNew(wish: RunnerKind = this.usual): RunnerKind {
    if (this.all[wish]) return wish;
    throw invalidFields([{ field: 'runner', message: `must be one of ${this.kinds.join(', ')}` }]);
  }

  /** Throws `unprocessable` when this service was started without it. */
  of(project: Pick<Project, 'name' | 'runner'>): Runner {
    const known = this.find(project);
    if (known) return known;
    const { name, runner } = project;
    throw unprocessable('no_runner', `${name} is run by ${runner ?? 'nothing'}, which is not set up here.`);
  }

  /** Undefined for one that this service was started without, and for files. */
  find({ runner }: Pick<Project, 'runner'>): Runner | undefined {
    return runner ? this.all[runner] : undefined;
  }

  private get kinds(): RunnerKind[] {
    return RUNNER_KINDS.filter((kind) => this.all[kind]);
  }
}
