import { Id, Int, OneOf, Text, Time } from '../wire/fields';
import { operation } from '../wire/operation';
import { pageOf } from '../wire/page-of';
import { ById } from '../wire/resource';
import { ProjectView } from './projects.contract';

/** `waiting`: its files are being taken stock of. `ready`: it can be served. `active`: it is to be served. */
export const PROJECT_RELEASE_STATES = ['waiting', 'ready', 'active', 'error'] as const;
export type ProjectReleaseState = (typeof PROJECT_RELEASE_STATES)[number];
/** `request`: somebody asked for it. `file`: a file `.deploy` came. `quiet`: nothing was written for a while. */
export const PUBLISHED_BY = ['request', 'file', 'quiet'] as const;
export type PublishedBy = (typeof PUBLISHED_BY)[number];

export class RollBackProject extends ById {
  @Int(1, Number.MAX_SAFE_INTEGER, { optional: true, description: 'Default: the one before.' })
  release?: number;
}

export class ProjectReleaseView {
  @Id() id!: string;
  @Id() projectId!: string;
  @Int(1, Number.MAX_SAFE_INTEGER) number!: number;
  @OneOf(PROJECT_RELEASE_STATES) state!: ProjectReleaseState;
  @Text({ nullable: true, max: 2000 }) stateReason!: string | null;
  @OneOf(PUBLISHED_BY) publishedBy!: PublishedBy;
  @Text({ nullable: true, max: 64, description: 'SHA-256 of what it consists of.' }) manifest!: string | null;
  @Int(0, Number.MAX_SAFE_INTEGER) files!: number;
  @Int(0, Number.MAX_SAFE_INTEGER) bytes!: number;
  @Int(0, Number.MAX_SAFE_INTEGER, {
    description: 'Files whose upload had not finished: they are as they were in the release before.',
  })
  unfinished!: number;
  @Time() createdAt!: string;
}

/** What is uploaded by now. */
export const publishProject = operation('hosting.releases.create', ById, ProjectReleaseView);
export const listProjectReleases = operation('hosting.releases.list', ById, pageOf(ProjectReleaseView));
/** Serves a release that is kept. */
export const rollBackProject = operation('hosting.releases.rollBack', RollBackProject, ProjectView);
