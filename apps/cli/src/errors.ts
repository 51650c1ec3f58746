import { EXIT, exitCodeOf, type ExitCode } from './exit-codes';

/** RFC 9457, as far as the program reads it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status?: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId?: string;
  /** Of an upload: how much of it is there. */
  readonly received?: number;
}

interface Extras {
  /** What to do next: a sentence. */
  hint?: string;
  cause?: unknown;
}

/** Why a command ends without having done what it was asked: for a person, and for a program. */
export class CliError extends Error {
  readonly hint?: string;

  constructor(
    readonly exitCode: ExitCode,
    readonly problem: Problem,
    extras: Extras = {},
  ) {
    super(problem.detail, { cause: extras.cause });
    this.name = 'CliError';
    this.hint = extras.hint;
  }
}

function local(exitCode: ExitCode, code: string, title: string) {
  return (detail: string, extras: Extras & { code?: string } = {}): CliError => {
    const known = extras.code ?? code;
    return new CliError(exitCode, { type: `urn:nubo:cli:${known}`, title, detail, code: known }, extras);
  };
}

export const usage = local(EXIT.usage, 'usage', 'The command line is not right');
export const failed = local(EXIT.failed, 'failed', 'It failed');
export const notLoggedIn = local(EXIT.notLoggedIn, 'not_logged_in', 'Log in first');
export const notFound = local(EXIT.notFound, 'not_found', 'Not found');
export const unreachable = local(EXIT.unavailable, 'unreachable', 'The platform cannot be reached');
export const stillGoing = local(EXIT.stillGoing, 'still_going', 'Not finished yet');
export const interrupted = local(EXIT.interrupted, 'interrupted', 'Interrupted');

const LOG_IN = 'Log in: nubo login <email>';
const HINTS: Record<string, string> = {
  password_change_required: 'Change the password first: nubo password change',
  quota_exceeded: 'What is used up, and by what: nubo quota ls',
  login_failed: 'Forgotten? nubo password reset <email>',
  not_activated: 'The mail tells the UUID: nubo activate <uuid>. No mail? nubo activation-mail <email>',
};
const HINTS_BY_STATUS: Record<number, string> = {
  401: LOG_IN,
  412: 'Somebody changed it meanwhile: look at it and try again.',
  500: 'Tell your administrator the request.',
};

/** The error of an answer that is not a success. */
export function problemError(problem: Problem, status: number, retryAfter?: string | null): CliError {
  return new CliError(exitCodeOf(status), problem, { hint: hintOf(problem.code, status, retryAfter) });
}

function hintOf(code: string, status: number, retryAfter?: string | null): string | undefined {
  if (HINTS[code]) return HINTS[code];
  if (retryAfter && /^\d+$/.test(retryAfter)) return `Try again in ${retryAfter} s.`;
  return HINTS_BY_STATUS[status];
}

/** One line: what is wrong, what to do next, and which request to look for in the logs. */
export function sentenceOf({ problem, hint }: CliError): string {
  const request = problem.requestId ? ` (request ${problem.requestId})` : '';
  return [`nubo: ${problem.detail}${request}`, hint].filter(Boolean).join(' ');
}
