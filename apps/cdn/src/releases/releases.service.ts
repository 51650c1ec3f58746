import { Injectable } from '@nestjs/common';
import {
  conflict,
  createRelease,
  invalidFields,
  notFound,
  rollBack,
  type ById,
  type CreateRelease,
  type DistributionView,
  type Page,
  type ReleaseView,
  type RequestContext,
  type RollBack,
} from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { In, type EntityManager } from 'typeorm';
import {
  CdnContent,
  CdnRelease,
  DistributionProject,
  type Distribution,
} from '../../../../libs/entities/src/cdn';
import { CdnConfig } from '../cdn.config';
import { srcdataErrors } from '../distributions/distributions.rules';
import { changeable } from '../distributions/distributions.service';
import { changed, distributionFor, viewOf } from '../distributions/distributions.store';
import { assertFollowsNone } from '../projects/projects.rules';
import { toReleaseView } from './releases.mapper';
import { addRelease } from './releases.store';

@Injectable()
export class ReleasesService {
  constructor(
    private readonly intentions: Intentions,
    private readonly config: CdnConfig,
  ) {}

  create(ctx: RequestContext, input: CreateRelease): Promise<ReleaseView> {
    assertOneSource(input, this.config);
    return this.intentions.write(createRelease, ctx, input, async ({ em }) => {
      const row = await changeable(em, ctx, input.id);
      if (row.origin)
        throw conflict('has_an_origin', `${row.name} fetches from ${row.origin}: purge it instead.`);
      await assertOwnReleases(em, row);
      const release = await addRelease(em, ctx, row, input);
      await changed(em, row);
      const [view] = await viewsOf(em, row, [release]);
      return view;
    });
  }

  list(ctx: RequestContext, { id }: ById): Promise<Page<ReleaseView>> {
    return this.intentions.read(async (em) => {
      const row = await distributionFor(em, ctx, [id, 'use']);
      const releases = await em.find(CdnRelease, {
        where: { distributionId: id },
        order: { number: 'DESC' },
      });
      return { items: await viewsOf(em, row, releases) };
    });
  }

  rollBack(ctx: RequestContext, input: RollBack): Promise<DistributionView> {
    return this.intentions.write(rollBack, ctx, input, async ({ em }) => {
      const row = await changeable(em, ctx, input.id);
      await assertOwnReleases(em, row);
      row.release = await earlier(em, row, input.release);
      await changed(em, row);
      return viewOf(em, row);
    });
  }
}

function assertOneSource({ content, srcdata }: CreateRelease, known: CdnConfig): void {
  const errors =
    content === undefined
      ? srcdata === undefined
        ? [{ field: 'srcdata', message: 'send an archive, or name a URL or path' }]
        : srcdataErrors(srcdata, known)
      : [];
  if (errors.length > 0) throw invalidFields(errors);
}

/** Throws `conflict` while a project decides what is served. */
async function assertOwnReleases(em: EntityManager, row: Distribution): Promise<void> {
  assertFollowsNone(row, await em.findOneBy(DistributionProject, { distributionId: row.id }));
}

/** The number asked for, or the newest that is kept before the one that is served. */
async function earlier(em: EntityManager, row: Distribution, wanted?: number): Promise<number> {
  const ready = await em.find(CdnRelease, {
    where: { distributionId: row.id, state: 'ready' },
    order: { number: 'DESC' },
  });
  const found = ready.find(({ number }) =>
    wanted === undefined ? number < (row.release ?? 0) : number === wanted,
  );
  if (found) return found.number;
  if (wanted !== undefined) throw notFound('release', String(wanted));
  throw conflict('no_release_before', `${row.name} has no release before ${row.release ?? 'the first'}.`);
}

async function viewsOf(
  em: EntityManager,
  { release }: Distribution,
  releases: CdnRelease[],
): Promise<ReleaseView[]> {
  const ids = releases.flatMap(({ contentId }) => contentId ?? []);
  const contents = new Map((await em.findBy(CdnContent, { id: In(ids) })).map((row) => [row.id, row]));
  return releases.map((row) => toReleaseView(row, contents.get(row.contentId ?? ''), release));
}
