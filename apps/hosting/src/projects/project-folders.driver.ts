import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { HostingConfig } from '../hosting.config';

/** Where a project's files are on this machine; replicas of the service share the folder. */
@Injectable()
export class ProjectFolders {
  constructor(private readonly config: HostingConfig) {}

  /** What is uploaded. */
  tree(projectId: string): string {
    return join(this.config.folder, 'trees', projectId);
  }

  /** What is served, and its log. */
  site(projectId: string): string {
    return join(this.config.folder, 'sites', projectId);
  }

  /** Safe to repeat. */
  async make(projectId: string): Promise<void> {
    await mkdir(this.tree(projectId), { recursive: true, mode: 0o700 });
  }

  /** Safe to repeat. */
  async remove(projectId: string): Promise<void> {
    for (const folder of [this.site(projectId), this.tree(projectId)])
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
