import { Injectable } from '@nestjs/common';
import { unprocessable } from '@nubo/contracts';
import type { Project } from '../../../../libs/entities/src/hosting';
import { NuboRunner } from './nubo/nubo.runner';
import type { Runner, RunnerKind } from './runner';

/** The runners that there are, by the word in a project's row. */
@Injectable()
export class Runners {
  private readonly all: Partial<Record<RunnerKind, Runner>>;

  constructor(nubo: NuboRunner) {
    this.all = { nubo };
  }

  /** Throws `unprocessable` when this service was started without it. */
  of({ name, runner }: Pick<Project, 'name' | 'runner'>): Runner {
    const known = runner ? this.all[runner] : undefined;
    if (known) return known;
    throw unprocessable('no_runner', `${name} is run by ${runner ?? 'nothing'}, which is not set up here.`);
  }
}
