/** Which refusals are worth an entry in the audit, and what they are about. */
import { NuboError, type ErrorKind } from '@nubo/contracts';

/** What a caller may not do, or not now. Neither nonsense nor our own failures. */
const KINDS: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'precondition',
  'unprocessable',
  'limited',
  'exhausted',
]);

/** Whether `error` says that the caller may not do it, or not now. */
export const isRefusal = (error: unknown): error is NuboError =>
  error instanceof NuboError && KINDS.has(error.kind);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id that an input names, which was not checked yet; null for none. */
export function idNamedIn(input: unknown): string | null {
  const { id, userId, tenantId } = (input ?? {}) as Record<string, unknown>;
  const named = id ?? userId ?? tenantId;
  return typeof named === 'string' && UUID.test(named) ? named.toLowerCase() : null;
}
