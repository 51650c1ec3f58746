/** What the API server's refusals mean to us. */
import { NuboError, type ErrorKind } from '@nubo/contracts';

/** What @kubernetes/client-node 1.4 throws for an answer that is an error. */
interface Answered {
  code: number;
  body?: unknown;
}

const isAnswered = (error: unknown): error is Answered =>
  error instanceof Error && 'code' in error && typeof error.code === 'number';

/** Whether the API server says that there is no such thing. */
export const isMissing = (error: unknown): boolean => isAnswered(error) && error.code === 404;

/** Whether it does not know us: what we know of it may be old. */
export const isStranger = (error: unknown): boolean => isAnswered(error) && error.code === 401;

/**
 * `exhausted` for a quota, `unprocessable` for what it will never take; `unavailable` for all that may be otherwise soon: it is away or
 * overloaded, our rights are to be mended, the namespace is just going.
 */
export function errorOf(error: unknown): NuboError {
  if (error instanceof NuboError) return error;
  if (!isAnswered(error)) {
    const { message } = error as Error;
    return new NuboError('unavailable', 'cluster_away', `The cluster does not answer: ${message}`, {
      cause: error,
    });
  }
  const message = messageOf(error);
  const refusal = (kind: ErrorKind, code: string, text: string) =>
    new NuboError(kind, code, text, { cause: error });
  if (message.includes('exceeded quota'))
    return refusal('exhausted', 'cluster_quota', `The cluster refuses: ${message}`);
  if (error.code === 400 || error.code === 422)
    return refusal('unprocessable', 'cluster_refused', `The cluster refuses: ${message}`);
  return refusal('unavailable', 'cluster_unavailable', `The cluster says ${error.code}: ${message}`);
}

/** Its `Status` comes as an object or as text. */
function messageOf({ body }: Answered): string {
  const status = typeof body === 'string' ? parsed(body) : body;
  const message = (status as { message?: unknown } | undefined)?.message;
  const whole = typeof body === 'string' ? body : JSON.stringify(body ?? 'nothing');
  return typeof message === 'string' ? message : whole.slice(0, 500);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
