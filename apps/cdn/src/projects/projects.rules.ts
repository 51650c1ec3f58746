import { conflict, isRunTemplate, unprocessable, type PublishedProjectView } from '@nubo/contracts';
import type { Distribution, DistributionProject } from '../../../../libs/entities/src/cdn';

/** The release to publish. Throws for a project that has none, or whose files are a program’s. */
export function publishable({ name, template, release }: PublishedProjectView): number {
  if (isRunTemplate(template))
    throw unprocessable(
      'runs_a_program',
      `${name} runs a program (${template}): only projects of files, of template static, are published.`,
    );
  if (release === null)
    throw conflict('no_release', `${name} has no release yet: upload its files and publish it first.`);
  return release;
}

/** Throws `conflict` while the project decides which release is served. */
export function assertFollowsNone({ name }: Distribution, project: DistributionProject | null): void {
  if (!project?.follow) return;
  const { name: project_ } = project;
  throw conflict(
    'follows_a_project',
    `${name} publishes what the project ${project_} serves: publish or roll back there, or let it follow no more.`,
  );
}
