/** When a certificate is asked for, and when again. */

/** How certificates are asked for; tests are quicker. */
export class CertificatePace {
  /** After the first failure; twice as long after each that follows. */
  failedMs = 600_000;
  longestMs = 86_400_000;
  /** When the authority says that it was asked too often. */
  limitedMs = 3 * 3_600_000;
  /** Of one that is good. */
  lookMs = 86_400_000;
}

export interface Validity {
  from: Date;
  to: Date;
}

/** A new one is due after two thirds of its time. */
export const renewalOf = ({ from, to }: Validity): Date =>
  new Date(from.getTime() + ((to.getTime() - from.getTime()) * 2) / 3);

/** RFC 8555, 6.7. */
const LIMITED = 'urn:ietf:params:acme:error:rateLimited';

/** How long it is not asked for after `failures` in a row, the last of which said `reason`. */
export function pauseAfter(failures: number, reason: string, pace: CertificatePace): number {
  const { failedMs, longestMs, limitedMs } = pace;
  const pause = Math.min(longestMs, failedMs * 2 ** Math.min(failures - 1, 30));
  return reason.includes(LIMITED) ? Math.max(limitedMs, pause) : pause;
}

/** What an authority says becomes what a person is shown. */
export const shownReason = (reason: string): string =>
  reason.replace(/[\p{Cc}\p{Cs}]+/gu, ' ').slice(0, 1_000);
