import { problemError, type Problem } from '../errors';

/** What a call of the client resolves to. */
export interface Fetched<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The answer's body. Throws a CliError for every answer that is not a success. */
export async function bodyOf<T>(call: Promise<Fetched<T>>): Promise<T> {
  return (await answerOf(call)).data as T;
}

/** The answer, body and headers. Throws a CliError when it is not a success. */
export async function answerOf<T>(call: Promise<Fetched<T>>): Promise<Fetched<T>> {
  const fetched = await call;
  const { response, error } = fetched;
  if (response.ok) return fetched;
  throw problemError(problemIn(error, response), response.status, response.headers.get('retry-after'));
}

/** The problem+json that came; something like it when a proxy on the way answered. */
function problemIn(error: unknown, { status, statusText, url }: Response): Problem {
  if (isProblem(error)) return error;
  return {
    type: 'about:blank',
    title: statusText || `HTTP ${status}`,
    status,
    detail: `${new URL(url).origin} answered ${status} ${statusText}, which Nubo does not say so.`.replace(
      '  ',
      ' ',
    ),
    code: 'not_nubo',
  };
}

/** Whether it is an error of the platform's own. */
export const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' &&
  value !== null &&
  'code' in value &&
  typeof value.code === 'string' &&
  'detail' in value &&
  typeof value.detail === 'string';
