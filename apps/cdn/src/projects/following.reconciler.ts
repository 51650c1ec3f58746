import { Injectable, type OnModuleInit } from '@nestjs/common';
import { gone, settled, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { Projects } from './projects.driver';
import { FOLLOWING, FollowedProjects } from './projects.store';

/** An event wakes us; a share or a role that is taken away does not, nor an event that was lost with the bus. */
const LOOK_MS = 60_000;

/**
 * Publishes what a project serves, when it serves something else than what was published last. It asks for what is
 * now: events that come twice, late or in another order lead to the same.
 */
@Injectable()
export class FollowingReconciler implements Reconciler, OnModuleInit {
  readonly kind = FOLLOWING;

  constructor(
    private readonly worker: Worker,
    private readonly followed: FollowedProjects,
    private readonly projects: Projects,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const link = await this.followed.load(id);
    if (!link) return gone();
    if (link.gone) return settled();
    const ask = () => this.projects.findFor(link);
    const project = await run.step('ask what the project serves', ask);
    if (!project) {
      await run.step('note that the project is gone', () => this.followed.noteGone(link));
      return settled();
    }
    const { release } = project;
    if (link.follow && release !== null && release !== link.release)
      await run.step('take its release', () => this.followed.take(link, release));
    return settled(LOOK_MS);
  }
}
