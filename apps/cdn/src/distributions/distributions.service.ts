import { Injectable } from '@nestjs/common';
import {
  conflict,
  deleteDistribution,
  invalidFields,
  listDistributions,
  purgeDistribution,
  updateDistribution,
  type ById,
  type DistributionView,
  type ListInput,
  type LocationWeight,
  type Page,
  type PurgeDistribution,
  type RequestContext,
  type UpdateDistribution,
} from '@nubo/contracts';
import {
  assertVersion,
  filterOn,
  Intentions,
  limitToVisible,
  pageOfQuery,
  writtenByUser,
} from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { CdnInstance, Distribution } from '../../../../libs/entities/src/cdn';
import { setFollow } from '../projects/projects.store';
import { locationErrors, missingInstances } from './distributions.rules';
import { changed, distributionFor, markDeleting, viewOf, viewsOf } from './distributions.store';
import { Locations } from './locations.service';
import { purgedPath, withPurge } from './purge.rules';
import { leftWeights, weightErrors } from './weights.rules';

const FILTER = filterOn(Distribution, listDistributions, {});

@Injectable()
export class DistributionsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly locations: Locations,
  ) {}

  list(ctx: RequestContext, input: ListInput): Promise<Page<DistributionView>> {
    return this.intentions.read((em) => {
      const query = limitToVisible(em.createQueryBuilder(Distribution, 'd'), ctx);
      return pageOfQuery(query, input, { all: (rows) => viewsOf(em, rows) }, FILTER.for(ctx));
    });
  }

  get(ctx: RequestContext, id: string): Promise<DistributionView> {
    return this.intentions.read(async (em) => viewOf(em, await distributionFor(em, ctx, [id, 'use'])));
  }

  async update(ctx: RequestContext, input: UpdateDistribution): Promise<DistributionView> {
    const { locations } = input;
    const errors = locations ? locationErrors(locations, await this.locations.known()) : [];
    if (errors.length > 0) throw invalidFields(errors);
    return this.intentions.write(updateDistribution, ctx, input, async ({ em }) => {
      const row = await changeable(em, ctx, input.id);
      writtenByUser(row, input);
      row.keepReleases = input.keepReleases ?? row.keepReleases;
      if (locations) await moveTo(em, row, locations);
      weigh(row, input.weights);
      if (input.follow !== undefined) await setFollow(em, ctx, row, input.follow);
      await changed(em, row);
      return viewOf(em, row);
    });
  }

  purge(ctx: RequestContext, input: PurgeDistribution): Promise<DistributionView> {
    const { kind, path } = input;
    if ((kind === 'all') === (path !== undefined))
      throw invalidFields([{ field: 'path', message: 'goes with prefix and path, not with all' }]);
    const purged = kind === 'all' ? '' : purgedPath(kind, path ?? '');
    return this.intentions.write(purgeDistribution, ctx, input, async ({ em }) => {
      const row = await changeable(em, ctx, input.id);
      row.epochs = withPurge(row.epochs, kind, purged);
      await changed(em, row);
      return viewOf(em, row);
    });
  }

  delete(ctx: RequestContext, input: ById): Promise<DistributionView> {
    return this.intentions.write(deleteDistribution, ctx, input, async ({ em }) => {
      const row = await distributionFor(em, ctx, [input.id, 'manage']);
      if (row.state === 'deleting') return viewOf(em, row);
      assertVersion(ctx, row);
      await markDeleting(em, row.id);
      return viewOf(em, { ...row, state: 'deleting', stateReason: null });
    });
  }
}

/** Locked. Throws `conflict` when it goes already, `precondition` when it is another version. */
export async function changeable(em: EntityManager, ctx: RequestContext, id: string): Promise<Distribution> {
  const row = await distributionFor(em, ctx, [id, 'manage']);
  assertVersion(ctx, row);
  if (row.state === 'deleting') throw conflict('being_deleted', `${row.name} is being deleted.`);
  return row;
}

/** Throws `invalid` for weights of locations that it has not. */
function weigh(row: Distribution, weights: LocationWeight[] | undefined): void {
  const errors = weights ? weightErrors({ locations: row.locations, weights }) : [];
  if (errors.length > 0) throw invalidFields(errors);
  row.weights = leftWeights({ locations: row.locations, weights: weights ?? row.weights });
}

/** Edges of locations that are left go; an edge that was about to go may stay. */
async function moveTo(em: EntityManager, row: Distribution, locations: string[]): Promise<void> {
  row.locations = locations;
  const there = await em.findBy(CdnInstance, { distributionId: row.id });
  for (const { id, role, location, leaving } of there) {
    const unwanted = role === 'edge' && !locations.includes(location);
    if (unwanted && !leaving) await em.update(CdnInstance, { id }, { leaving: true });
  }
  const staying = there.filter(({ leaving }) => !leaving);
  for (const missing of missingInstances(row.id, locations, staying)) await em.insert(CdnInstance, missing);
}
