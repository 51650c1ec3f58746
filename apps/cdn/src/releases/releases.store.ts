import { randomUUID } from 'node:crypto';
import { notFound, type RequestContext } from '@nubo/contracts';
import { principalOf } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { CdnContent, CdnRelease, type Distribution } from '../../../../libs/entities/src/cdn';

export const RELEASE = 'cdn-release';
/** How long fetching a content may take. */
const FETCH_MS = 600_000;

/** Where a release's content comes from: sent before, or fetched. */
export interface Source {
  /** The manifest of a content that was sent. */
  content?: string;
  srcdata?: string;
  /** The number of a release of the distribution's project. */
  projectRelease?: number;
}

/**
 * Adds the next release, in the caller's transaction. A content that is here is served at once (`row.release`; the
 * caller saves it), one that is fetched when it has come.
 */
export async function addRelease(
  em: EntityManager,
  ctx: RequestContext,
  row: Distribution,
  { content, srcdata, projectRelease }: Source,
): Promise<CdnRelease> {
  const number = row.lastRelease + 1;
  const id = randomUUID();
  const base = { id, distributionId: row.id, number };
  row.lastRelease = number;
  if (content) {
    const { id: contentId } = await contentOf(em, ctx, content);
    await em.insert(CdnRelease, { ...base, state: 'ready', contentId });
    row.release = number;
  } else {
    await em.insert(CdnRelease, { ...base, state: 'waiting', srcdata, projectRelease });
    await wake(em, RELEASE, id, { deadlineMs: FETCH_MS });
  }
  return em.findOneByOrFail(CdnRelease, { id });
}

/** Content belongs to who sent it. */
async function contentOf(em: EntityManager, ctx: RequestContext, manifest: string): Promise<CdnContent> {
  const { userId } = principalOf(ctx);
  const where = { manifest, userId };
  // Locked: upkeep must not take it for one that nobody wants.
  const content = await em.findOne(CdnContent, { where, lock: { mode: 'pessimistic_write' } });
  if (!content) throw notFound('content', manifest);
  return content;
}
