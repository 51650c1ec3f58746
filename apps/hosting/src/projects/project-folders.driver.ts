import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { HostingConfig } from '../hosting.config';
import { removeTree } from './tree-removal.driver';

/** Where a project's files are on this machine; replicas of the service, SFTP and web servers share the folder. */
@Injectable()
export class ProjectFolders {
  constructor(private readonly config: HostingConfig) {}

  /** What is uploaded. */
  tree(projectId: string): string {
    return join(this.config.folder, 'trees', projectId);
  }

  /** Of all projects, by their ids, and `hosts`: what leads to them by name. */
  get sites(): string {
    return join(this.config.folder, 'sites');
  }

  /** What is served, and what belongs to it. */
  site(projectId: string): string {
    return join(this.sites, projectId);
  }

  releases(projectId: string): string {
    return join(this.site(projectId), 'releases');
  }

  release(projectId: string, number: number): string {
    return join(this.releases(projectId), String(number));
  }

  logs(projectId: string): string {
    return join(this.site(projectId), 'logs');
  }

  log(projectId: string): string {
    return join(this.logs(projectId), 'access.log');
  }

  /** Others than we pass through what is served, and see no names there; the web server writes its log. Safe to repeat. */
  async make(projectId: string): Promise<void> {
    await mkdir(this.tree(projectId), { recursive: true, mode: 0o700 });
    await mkdir(this.releases(projectId), { recursive: true });
    await mkdir(this.logs(projectId), { recursive: true });
    const { webOwner } = this.config;
    for (const passed of [this.sites, this.site(projectId), this.releases(projectId)])
      await chmod(passed, 0o711);
    if (webOwner) await chown(this.logs(projectId), webOwner.uid, webOwner.gid);
  }

  /** Safe to repeat. */
  async remove(projectId: string): Promise<void> {
    for (const folder of [this.site(projectId), this.tree(projectId)]) await removeTree(folder);
  }
}
