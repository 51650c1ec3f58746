import { HttpException } from '@nestjs/common';
import { ERROR_KINDS, NuboError, type ErrorDetails, type ErrorKind, type FieldError } from '@nubo/contracts';
import type { Problem } from './problem';

/** Where it happened. */
export interface Place {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** Methods that the path knows, for 404 against 405. */
  readonly allowed: readonly string[];
  /** Media types that the route takes bodies in. */
  readonly bodyTypes: readonly string[];
}

export interface Answer {
  readonly problem: Problem;
  readonly headers: Record<string, string>;
  /** Nobody threw it on purpose: it goes to the log with its stack. */
  readonly unexpected: boolean;
}

interface Failure {
  status: number;
  title: string;
  code: string;
  detail: string;
  details?: ErrorDetails;
  headers?: Record<string, string>;
  unexpected?: boolean;
}

const RETRY_AFTER_S = 1;

/** Any error as an RFC 9457 document with its headers. What was not thrown on purpose tells nothing of itself. */
export function problemOf(error: unknown, place: Place): Answer {
  const failure = failureOf(error, place);
  const { fields, ...numbers } = failure.details ?? {};
  const problem: Problem = {
    ...numbers,
    type: `urn:nubo:problem:${failure.code}`,
    title: failure.title,
    status: failure.status,
    detail: failure.detail,
    code: failure.code,
    requestId: place.requestId,
    instance: place.path,
    ...(Array.isArray(fields) && { errors: fields as FieldError[] }),
  };
  const headers = { ...retryAfter(failure), ...failure.headers };
  return { problem, headers, unexpected: failure.unexpected ?? false };
}

function failureOf(error: unknown, place: Place): Failure {
  if (error instanceof NuboError) return ofKind(error.kind, error);
  const status = httpStatusOf(error);
  if (status === undefined) return INTERNAL;
  return ofStatus(status, place) ?? INTERNAL;
}

const INTERNAL: Failure = {
  ...ERROR_KINDS.internal,
  code: 'internal',
  detail: 'Something went wrong inside Nubo; the log has the details under this requestId.',
  unexpected: true,
};

function ofKind(kind: ErrorKind, { code, message, details }: NuboError): Failure {
  const failure = { ...ERROR_KINDS[kind], code, detail: message, details };
  if (kind === 'internal') return { ...failure, unexpected: true };
  return kind === 'unauthenticated' ? { ...failure, headers: { 'WWW-Authenticate': 'Bearer' } } : failure;
}

/** The status of errors that Nest and Fastify throw; only the ones below 500 say anything about the request. */
function httpStatusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

function ofStatus(status: number, { method, path, allowed, bodyTypes }: Place): Failure | undefined {
  switch (status) {
    case 400:
      return { ...ERROR_KINDS.invalid, code: 'bad_json', detail: 'The body is not valid JSON.' };
    case 403:
      return { ...ERROR_KINDS.forbidden, code: 'forbidden', detail: `${method} ${path} is not allowed.` };
    case 404:
      return allowed.length > 0 ? methodNotAllowed(method, allowed) : noSuchRoute(method, path);
    case 413:
      return { ...ERROR_KINDS.too_large, code: 'body_too_large', detail: 'The body is larger than 1 MiB.' };
    case 414:
      return { status, title: 'URI too long', code: 'uri_too_long', detail: 'The path is too long.' };
    case 415:
      return {
        status,
        title: 'Unsupported media type',
        code: 'unsupported_media_type',
        detail: `Send the body as ${bodyTypes.join(' or ')}.`,
      };
    default:
      return undefined;
  }
}

const noSuchRoute = (method: string, path: string): Failure => ({
  ...ERROR_KINDS.not_found,
  code: 'route_not_found',
  detail: `There is no ${method} ${path}; see /docs.`,
});

const methodNotAllowed = (method: string, allowed: readonly string[]): Failure => ({
  status: 405,
  title: 'Method not allowed',
  code: 'method_not_allowed',
  detail: `This path knows ${allowed.join(', ')}, not ${method}.`,
  headers: { Allow: allowed.join(', ') },
});

/** RFC 9110, 10.2.3: seconds. `details.retryAfterSeconds` says how many, where the service knows. */
function retryAfter({ status, details }: Failure): Record<string, string> {
  if (status !== 429 && status !== 503) return {};
  const seconds = Number(details?.['retryAfterSeconds'] ?? RETRY_AFTER_S);
  return { 'Retry-After': String(Math.max(1, Math.ceil(seconds) || RETRY_AFTER_S)) };
}
