/** What the program ends with, so that scripts can tell why. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notLoggedIn: 3,
  notFound: 4,
  conflict: 5,
  unavailable: 6,
  stillGoing: 7,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, 'done'],
  [EXIT.failed, 'refused or failed; also: the resource ended in state `error`'],
  [EXIT.usage, 'the command line is wrong, or a name fits several things'],
  [EXIT.notLoggedIn, 'not logged in, or the session has ended'],
  [EXIT.notFound, 'there is no such thing, or it is not yours to see'],
  [EXIT.conflict, 'in the way: wrong state, taken name, changed meanwhile, quota or capacity used up'],
  [EXIT.unavailable, 'the platform cannot be reached, is busy or asks to wait: try again'],
  [EXIT.stillGoing, 'accepted, and not finished within `--timeout`'],
  [EXIT.interrupted, 'Ctrl-C; what was accepted goes on'],
];

/** The exit code that goes with an HTTP status. */
export function exitCodeOf(status: number): ExitCode {
  if (status === 401) return EXIT.notLoggedIn;
  if (status === 404) return EXIT.notFound;
  if (status === 409 || status === 412) return EXIT.conflict;
  if (status === 429 || status === 502 || status === 503 || status === 504) return EXIT.unavailable;
  return EXIT.failed;
}
