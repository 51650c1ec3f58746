import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  createDistribution,
  notFound,
  type CreateDistribution,
  type DistributionView,
  type PublishedProjectView,
  type RequestContext,
} from '@nubo/contracts';
import { grant, Intentions, principalOf, type Intention } from '@nubo/persistence';
import { reserve } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { CdnInstance, Distribution, DistributionProject } from '../../../../libs/entities/src/cdn';
import { CdnConfig } from '../cdn.config';
import { Projects } from '../projects/projects.driver';
import { publishable } from '../projects/projects.rules';
import { FOLLOWING } from '../projects/projects.store';
import { addRelease } from '../releases/releases.store';
import { defaultName, missingInstances, newCustomerId, wishOf, type Wish } from './distributions.rules';
import { CREATE_MS, DISTRIBUTION, viewOf } from './distributions.store';
import { InstanceImage } from './instance-image.service';
import { Locations } from './locations.service';

const KEEP = 5;

/** Writes the intention of a new distribution. */
@Injectable()
export class DistributionCreation {
  constructor(
    private readonly intentions: Intentions,
    private readonly locations: Locations,
    private readonly image: InstanceImage,
    private readonly config: CdnConfig,
    private readonly projects: Projects,
  ) {}

  async create(ctx: RequestContext, input: CreateDistribution): Promise<DistributionView> {
    const { paths, allowRanges } = this.config;
    const wish = wishOf(input, { locations: await this.locations.known(), paths, allowRanges });
    const lacking = await this.image.lacking(ctx, wish.runtime);
    const project = input.project && (await this.projects.find(ctx, input.project));
    return this.intentions.write(createDistribution, ctx, input, (intention) => {
      if (lacking) throw lacking;
      return this.insert(intention, input, { ...wish, project: project || undefined });
    });
  }

  private async insert(
    intention: Intention,
    input: CreateDistribution,
    { subnet, locations, weights, runtime, project }: Wish & { project?: PublishedProjectView },
  ): Promise<DistributionView> {
    const { em, ctx } = intention;
    const { tenantId, userId } = principalOf(ctx);
    const id = randomUUID();
    const customerId = newCustomerId();
    await reserve(em, { tenantId, userId }, id, { distributions: 1 });
    await em.insert(Distribution, {
      ...{ id, tenantId, userId, customerId, subnet, locations, weights, runtime },
      name: input.name ?? defaultName(customerId),
      metadata: input.metadata ?? {},
      state: 'creating',
      origin: input.origin ?? null,
      keepReleases: input.keepReleases ?? KEEP,
      vpcId: randomUUID(),
      subnetId: randomUUID(),
    });
    for (const instance of missingInstances(id, locations, [])) await em.insert(CdnInstance, instance);
    await grant(em, id, { userId, tenantId }, 'manage');
    const row = await em.findOneByOrFail(Distribution, { id });
    if (input.project) await publishProject(intention, row, { ...input, found: project });
    else if (!input.origin) await addRelease(em, ctx, row, input);
    await em.save(row);
    await wake(em, DISTRIBUTION, id, { deadlineMs: CREATE_MS[runtime] });
    return viewOf(em, row);
  }
}

/** Its first release is the one that the project serves. Throws when there is none. */
async function publishProject(
  { em, ctx }: Intention,
  row: Distribution,
  { project = '', follow = false, found }: CreateDistribution & { found?: PublishedProjectView },
): Promise<void> {
  if (!found) throw notFound('project', project);
  const release = publishable(found);
  const { id: projectId, name } = found;
  const { userId } = principalOf(ctx);
  const link = { distributionId: row.id, projectId, name, follow, release, userId };
  await em.insert(DistributionProject, link);
  await addRelease(em, ctx, row, { projectRelease: release });
  await wake(em, FOLLOWING, row.id);
}
