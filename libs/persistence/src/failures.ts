import { conflict, NuboError } from '@nubo/contracts';
import { QueryFailedError } from 'typeorm';

/** SQLSTATE codes: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const SERIALIZATION = new Set(['40001', '40P01']);
/** May go well a moment later: connection lost, deadlocks, no room, ended by an operator, statement or lock took too long. */
const PASSING = /^(08|40|53|57P0|25P0[34]|57014|55P03)/;
/** What Node says of a server that cannot be reached. */
const UNREACHABLE = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_AGAIN|ENOTFOUND)/;
/** What pg 8 and TypeORM 1 say, without a code, of a connection that is gone or of a pool that has none left. */
const LOST = [
  /^Connection terminated/,
  /^timeout exceeded when trying to connect$/,
  /^Client .*not queryable$/,
  /^Cannot use a pool after calling end/,
  /^Query runner already released/,
  /^Database connection provided by a query runner was already released/,
  /^Cannot execute operation .*because connection is not yet established/,
  /^Driver not Connected$/,
  /^connect ENOENT/,
];
const UNIQUE = '23505';
const EXCLUSION = '23P01';

interface DriverError {
  code?: string;
  constraint?: string;
  message: string;
}

/** Constraint name → the error that a person gets when it is violated. */
export type ConstraintErrors = Record<string, () => NuboError>;

const driverError = (error: unknown): DriverError | undefined => {
  if (error instanceof QueryFailedError) return error.driverError as DriverError;
  return typeof error === 'object' && error !== null && 'message' in error
    ? (error as DriverError)
    : undefined;
};

/** True for a deadlock or a serialization failure: the whole transaction may be run again. */
export function isRetryable(error: unknown): boolean {
  return SERIALIZATION.has(driverError(error)?.code ?? '');
}

/** The error of a transaction as a {@link NuboError}: constraints by name, a lost database as `unavailable`. */
export function databaseFailure(error: unknown, constraints: ConstraintErrors): unknown {
  if (error instanceof NuboError) return error;
  const cause = driverError(error);
  const constraint = cause?.constraint ?? '';
  if (Object.hasOwn(constraints, constraint)) return constraints[constraint]?.();
  if (cause?.code === UNIQUE || cause?.code === EXCLUSION)
    return conflict('already_exists', 'Something like this exists already.');
  if (!cause || !isAway(cause)) return error;
  const message = 'The database does not answer; try again shortly.';
  return new NuboError('unavailable', 'database_unavailable', message, { cause: error });
}

function isAway({ code = '', message }: DriverError): boolean {
  return PASSING.test(code) || UNREACHABLE.test(code) || LOST.some((said) => said.test(message));
}
