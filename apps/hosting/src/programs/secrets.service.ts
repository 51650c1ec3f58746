import { Injectable } from '@nestjs/common';
import { Vault } from '@nubo/vault';
import type { Project, ProjectRevision } from '../../../../libs/entities/src/hosting';
import type { OpenedProject, OpenedRevision } from './programs.rules';

export const PROJECT_SECRETS = { table: 'projects', column: 'secrets' };
export const REVISION_VARIABLES = { table: 'revisions', column: 'env' };

/** The variables of programs as they are, out of rows and into them. */
@Injectable()
export class Secrets {
  constructor(private readonly vault: Vault) {}

  /** A project's own, as its row holds them. */
  sealed(projectId: string, secrets: Readonly<Record<string, string>>): string {
    return this.vault.seal(PROJECT_SECRETS, projectId, secrets);
  }

  ofProject({ id, secrets }: Pick<Project, 'id' | 'secrets'>): Record<string, string> {
    return this.vault.open(PROJECT_SECRETS, id, secrets);
  }

  opened<P extends Pick<Project, 'id' | 'secrets'>>(project: P): OpenedProject<P> {
    return { ...project, secrets: this.ofProject(project) };
  }

  /** Variables and secrets of a revision, as its row holds them. */
  sealedRevision(revisionId: string, env: Readonly<Record<string, string>>): string {
    return this.vault.seal(REVISION_VARIABLES, revisionId, env);
  }

  openedRevision(revision: ProjectRevision): OpenedRevision {
    return { ...revision, env: this.vault.open(REVISION_VARIABLES, revision.id, revision.env) };
  }
}
