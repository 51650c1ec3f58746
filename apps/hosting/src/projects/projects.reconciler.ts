import { Injectable, type OnModuleInit } from '@nestjs/common';
import { gone, settled, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { ProjectFolders } from './project-folders.driver';
import { PROJECT, ProjectStore } from './projects.store';

/** Makes a project's folders, and removes all that it has. */
@Injectable()
export class ProjectsReconciler implements Reconciler, OnModuleInit {
  readonly kind = PROJECT;

  constructor(
    private readonly worker: Worker,
    private readonly store: ProjectStore,
    private readonly folders: ProjectFolders,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const project = await this.store.load(id);
    if (!project) return gone();
    if (project.state === 'deleting') {
      await run.step('remove its files', () => this.folders.remove(id));
      await run.step('forget the project', () => this.store.forget(id));
      return gone();
    }
    await run.step('make its folders', () => this.folders.make(id));
    await run.step('note that it is ready', () => this.store.noteReady(project));
    return settled();
  }

  expired(id: string, reason: string): Promise<void> {
    return this.store.noteFailure(id, reason);
  }
}
