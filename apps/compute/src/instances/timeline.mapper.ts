import type { VmEventName, VmTimelineEntry } from '@nubo/contracts';
import type { HappeningRow } from '../../../../libs/entities/src/compute';

/** Their detail says whom. */
const ABOUT_PEOPLE: readonly VmEventName[] = ['shared', 'unshared'];

/** `withPeople`: to those who know anyway who is about. Others learn nobody's id. */
export function toTimelineEntry(row: HappeningRow, withPeople: boolean): VmTimelineEntry {
  const { at, event, detail, userId, requestId } = row;
  return {
    at: at.toISOString(),
    event,
    detail: withPeople || !ABOUT_PEOPLE.includes(event) ? detail : null,
    userId: withPeople ? userId : null,
    requestId: withPeople ? requestId : null,
  };
}
