/** What others than web servers publish of projects: their releases, elsewhere. */
import { Id, Int, Name, OneOf, Text } from '../wire/fields';
import { event } from '../wire/event';
import { operation } from '../wire/operation';
import { TEMPLATES, type Template } from './vocabulary';

export class FindProject {
  @Text({ min: 1, max: 63, description: 'Its name or id.' }) project!: string;
}

export class PublishedProjectView {
  @Id() id!: string;
  @Name() name!: string;
  @OneOf(TEMPLATES) template!: Template;
  @Int(1, Number.MAX_SAFE_INTEGER, { nullable: true, description: 'The release that is to be served.' })
  release!: number | null;
}

/** The project if the person for whom the service asks may see it: else `not_found`, as when it is being deleted. */
export const findProject = operation('hosting.projects.find', FindProject, PublishedProjectView, {
  permission: 'service',
});

export class OpenProjectRelease {
  @Id() projectId!: string;
  @Int(1, Number.MAX_SAFE_INTEGER) release!: number;
}

/** Opens what one replica has of a release, for some minutes: `url` answers its files, `url/file?path=` one of them. */
export class ProjectReleaseTicket {
  @Text({ max: 2000 }) url!: string;
  @Text({ max: 100 }) ticket!: string;
}

/** `not_found`: it is not kept any more. `unprocessable`: the project runs a program, and its files are nobody else’s. */
export const openProjectRelease = operation(
  'hosting.releases.open',
  OpenProjectRelease,
  ProjectReleaseTicket,
  { permission: 'service' },
);

/** What `url` of a ticket answers. */
export interface ProjectReleaseFiles {
  /** Those that visitors get. */
  files: { path: string; sha256: string; size: number }[];
}

export interface ProjectEvent {
  projectId: string;
}

/** Another release is to be served, or the project goes. */
export const projectChanged = event<ProjectEvent>('hosting.project.changed', 'cdn');
