/** Which distribution publishes which project. */
import { Injectable } from '@nestjs/common';
import { conflict, serviceContext, type RequestContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { CdnRelease, Distribution, DistributionProject } from '../../../../libs/entities/src/cdn';
import { changed } from '../distributions/distributions.store';
import { addRelease } from '../releases/releases.store';

export const FOLLOWING = 'project-following';

@Injectable()
export class FollowedProjects {
  constructor(private readonly intentions: Intentions) {}

  load(distributionId: string): Promise<DistributionProject | null> {
    return this.intentions.read((em) => em.findOneBy(DistributionProject, { distributionId }));
  }

  /** Looks now at all that publish that project. */
  async wakeAllOf(projectId: string): Promise<void> {
    await this.intentions.apply(context(projectId), async ({ em }) => {
      const links = await em.find(DistributionProject, {
        where: { projectId },
        order: { distributionId: 'ASC' },
      });
      for (const { distributionId } of links) await wake(em, FOLLOWING, distributionId);
    });
  }

  /** What is published of it stays. */
  noteGone({ distributionId }: DistributionProject): Promise<unknown> {
    return this.intentions.read((em) => em.update(DistributionProject, { distributionId }, { gone: true }));
  }

  /** Adds a release of what the project serves now. Once for each time that it serves another one. */
  async take({ distributionId, projectId }: DistributionProject, release: number): Promise<void> {
    const ctx = context(projectId);
    await this.intentions.apply(ctx, async ({ em }) => {
      const lock = { mode: 'pessimistic_write' } as const;
      const row = await em.findOne(Distribution, { where: { id: distributionId }, lock });
      const link = await em.findOneBy(DistributionProject, { distributionId });
      if (!row || row.state === 'deleting' || !link?.follow || link.release === release) return;
      await addRelease(em, ctx, row, { projectRelease: release });
      await em.update(DistributionProject, { distributionId }, { release });
      await changed(em, row);
    });
  }
}

const context = (projectId: string): RequestContext => serviceContext('cdn', `project-${projectId}`);

/**
 * In the transaction of who changes the distribution and saves `row`. Who follows again gets what the project served last, also
 * when something else was published meanwhile. Throws `conflict` when there is nothing to follow.
 */
export async function setFollow(
  em: EntityManager,
  ctx: RequestContext,
  row: Distribution,
  follow: boolean,
): Promise<void> {
  const link = await em.findOneBy(DistributionProject, { distributionId: row.id });
  if (!link) throw conflict('no_project', `${row.name} was not made of a project.`);
  if (link.gone && follow)
    throw conflict('project_gone', `There is no project ${link.name} to follow any more.`);
  if (follow && !link.follow && !(await isPublished(em, row, link)))
    await addRelease(em, ctx, row, { projectRelease: link.release });
  await em.update(DistributionProject, { distributionId: row.id }, { follow });
  await wake(em, FOLLOWING, row.id);
}

/** Whether the release that was taken last is the one that is served, or will be. */
async function isPublished(
  em: EntityManager,
  { id, lastRelease, release }: Distribution,
  link: DistributionProject,
): Promise<boolean> {
  const newest = await em.findOneBy(CdnRelease, { distributionId: id, number: lastRelease });
  if (newest?.projectRelease !== link.release) return false;
  return newest.state === 'waiting' || (newest.state === 'ready' && release === lastRelease);
}
