import { randomUUID } from 'node:crypto';

/** The caller's X-Request-Id when it is fit for logs and headers, else a new one. */
export function requestIdOf(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}
