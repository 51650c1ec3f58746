import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Intentions } from '@nubo/persistence';
import { ProjectRevision } from '../../../../../libs/entities/src/hosting';
import { HostingConfig } from '../../hosting.config';
import { ProjectFolders } from '../../projects/project-folders.driver';
import type { StockedFile } from '../../releases/tree.rules';
import { Sites } from '../../sites/sites.driver';

/** The files of revisions, for whoever fetches them. */
@Injectable()
export class ProgramContents {
  /** Holds the key that the addresses of archives are made with. */
  readonly keyFile: string;

  constructor(
    { folder }: HostingConfig,
    private readonly intentions: Intentions,
    private readonly folders: ProjectFolders,
    private readonly sites: Sites,
  ) {
    this.keyFile = join(folder, 'contents.key');
  }

  async of(id: string): Promise<{ folder: string; files: StockedFile[] } | undefined> {
    const row = await this.intentions.read((em) => em.findOneBy(ProjectRevision, { id }));
    if (!row) return undefined;
    const { projectId, release } = row;
    return {
      folder: this.folders.release(projectId, release),
      files: await this.sites.files(projectId, release),
    };
  }
}
