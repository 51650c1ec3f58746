import { Injectable } from '@nestjs/common';
import {
  invalidFields,
  NuboError,
  type ListVmTimeline,
  type Page,
  type RequestContext,
  type VmTimelineEntry,
} from '@nubo/contracts';
import { Intentions, principalOf, requireAccess, type ResourceEntity } from '@nubo/persistence';
import type { EntityManager, EntityTarget } from 'typeorm';
import { HappeningRow } from '../../../../libs/entities/src/compute';
import { toTimelineEntry } from './timeline.mapper';

const DEFAULT_LIMIT = 100;

const encode = (seq: string): string => Buffer.from(seq).toString('base64url');
function decode(cursor: string): string {
  const seq = Buffer.from(cursor, 'base64url').toString();
  if (/^\d{1,18}$/.test(seq)) return seq;
  throw invalidFields([{ field: 'after', message: 'is not a cursor of ours' }]);
}

/** Whose timelines they are. */
export interface TimelineNoun<R extends ResourceEntity> {
  /** As people read it: `VM`. */
  noun: string;
  entity: EntityTarget<R>;
}

/** What happened to a VM or a container, for everybody who may use it. */
@Injectable()
export class Timeline {
  constructor(private readonly intentions: Intentions) {}

  list<R extends ResourceEntity>(
    of: TimelineNoun<R>,
    ctx: RequestContext,
    input: ListVmTimeline,
  ): Promise<Page<VmTimelineEntry>> {
    const { limit = DEFAULT_LIMIT } = input;
    const viewer = principalOf(ctx).userId;
    return this.intentions.read(async (em) => {
      const manages = await mayManage(em, ctx, of, input.id);
      const rows = await newestFirst(em, input, limit + 1);
      const shown = rows.slice(0, limit);
      const items = shown.map((row) => toTimelineEntry(row, manages || row.userId === viewer));
      const last = shown.at(-1);
      return { items, ...(rows.length > limit && last && { next: encode(last.seq) }) };
    });
  }
}

/** Throws `not_found` when the caller may not even use it. */
async function mayManage<R extends ResourceEntity>(
  em: EntityManager,
  ctx: RequestContext,
  { noun, entity }: TimelineNoun<R>,
  id: string,
): Promise<boolean> {
  try {
    await requireAccess(em, ctx, [entity, id], { noun, level: 'manage' });
    return true;
  } catch (error) {
    if (error instanceof NuboError && error.kind === 'forbidden') return false;
    throw error;
  }
}

function newestFirst(em: EntityManager, { id, after }: ListVmTimeline, limit: number) {
  const rows = em.createQueryBuilder(HappeningRow, 't').where('t.instanceId = :id', { id });
  if (after) rows.andWhere('t.seq < :seq', { seq: decode(after) });
  return rows.orderBy('t.seq', 'DESC').limit(limit).getMany();
}
