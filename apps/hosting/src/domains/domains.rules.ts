/** What a domain becomes by what name servers answer. */
import type { ProjectDomain } from '../../../../libs/entities/src/hosting';
import { PROOF_LABEL } from './domain-names.rules';

/** So many a project. */
export const MOST_DOMAINS = 20;
/** How long the record of a new domain is looked for. */
export const PROOF_MS = 7 * 86_400_000;

/** How a proof is looked at; tests are quicker. */
export class ProofPace {
  /** The first look after the first, and the longest pause between looks. */
  soonMs = 2_000;
  lateMs = 600_000;
  /** Of one that was there. */
  againMs = 3_600_000;
  /** How long a domain is served whose record is gone. */
  restMs = 72 * 3_600_000;
}

/** The texts at the place of the record, or why nobody knows. */
export type Found = { texts: readonly string[] } | { unknown: string };

type Row = Pick<ProjectDomain, 'domain' | 'token' | 'state' | 'provenAt' | 'lostAt'>;
export type Standing = Pick<
  ProjectDomain,
  'state' | 'stateReason' | 'held' | 'checkedAt' | 'provenAt' | 'lostAt'
>;

export const recordName = (domain: string): string => `${PROOF_LABEL}.${domain}`;
export const recordValue = (token: string): string => `nubo-verify=${token}`;

const isProven = ({ token }: Pick<Row, 'token'>, texts: readonly string[]): boolean =>
  texts.includes(recordValue(token));

/** Whether the domain that `row` wants, of which something was found, is somebody else's, who has it by a record that is there too. */
export const isHeldBy = (holder: Pick<Row, 'token'> | undefined, found: Found): boolean =>
  holder !== undefined && 'texts' in found && isProven(holder, found.texts);

/** What it is now. `isOthers`: another project has proven it, and its record is there still. */
export function standingOf(
  row: Row,
  found: Found,
  { now, isOthers, restMs }: { now: Date; isOthers: boolean; restMs: number },
): Partial<Standing> {
  if ('unknown' in found) return { stateReason: found.unknown };
  const checked = { checkedAt: now };
  if (isProven(row, found.texts) && !isOthers)
    return { ...checked, state: 'active', stateReason: null, held: true, provenAt: now, lostAt: null };
  if (row.state === 'pending') return { ...checked, stateReason: pendingReason(row, found.texts, isOthers) };
  const lostAt = row.lostAt ?? now;
  const endsAt = new Date(lostAt.getTime() + restMs);
  const gone = `Its record has been missing since ${lostAt.toISOString()}`;
  if (now < endsAt) {
    const stateReason = `${gone}: it is served until ${endsAt.toISOString()} unless the record comes back.`;
    return { ...checked, state: 'lost', stateReason, lostAt };
  }
  const stateReason = `${gone}: it is served no more. Make the record and add the domain again.`;
  return { ...checked, state: 'error', stateReason, held: false, lostAt };
}

function pendingReason(row: Row, texts: readonly string[], isOthers: boolean): string {
  const name = recordName(row.domain);
  if (isOthers && isProven(row, texts))
    return `The record is there, but another project has proven ${row.domain} before and its record at ${name} is there too: remove that one.`;
  if (texts.length === 0) return `There is no TXT record at ${name} yet.`;
  return `None of the TXT records at ${name} says ${recordValue(row.token)}.`;
}

/** Until the next look for the record of a domain that is wanted since `wantedAt`: more seldom the longer it takes. */
export function pauseOf(wantedAt: Date, now: Date, { soonMs, lateMs }: ProofPace): number {
  return Math.min(lateMs, Math.max(soonMs, (now.getTime() - wantedAt.getTime()) / 4));
}
