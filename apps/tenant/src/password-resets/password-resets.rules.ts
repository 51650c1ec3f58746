import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export const RESET_MS = 3_600_000;

const BYTES = 32;

/** A code that nobody guesses. */
export const newCode = (): string => randomBytes(BYTES).toString('base64url');

/** What is kept of a code. It is random, so a fast hash hides it. */
export const codeHashOf = (code: string): string => createHash('sha256').update(code).digest('hex');

/** Whether a kept reset is opened by `code` now; takes as long for a wrong code as for none. */
export function isOpenedBy(
  reset: { codeHash: string; expiresAt: Date } | null,
  code: string,
  now: number,
): boolean {
  const given = codeHashOf(code);
  const equal = timingSafeEqual(Buffer.from(reset?.codeHash ?? codeHashOf('')), Buffer.from(given));
  return equal && reset !== null && reset.expiresAt.getTime() > now;
}
