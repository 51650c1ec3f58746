import { conflict, NuboError, unavailable } from '@nubo/contracts';
import { QueryFailedError } from 'typeorm';

/** SQLSTATE codes: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const SERIALIZATION = new Set(['40001', '40P01']);
const GONE = /^(08|57P0)/;
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT']);
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
  return error instanceof Error ? error : undefined;
};

/** True for a deadlock or a serialization failure: the whole transaction may be run again. */
export function isRetryable(error: unknown): boolean {
  return SERIALIZATION.has(driverError(error)?.code ?? '');
}

/** The error of a transaction as a {@link NuboError}: constraints by name, a lost database as `unavailable`. */
export function databaseFailure(error: unknown, constraints: ConstraintErrors): unknown {
  if (error instanceof NuboError) return error;
  const cause = driverError(error);
  const named = constraints[cause?.constraint ?? ''];
  if (named) return named();
  if (cause?.code === UNIQUE || cause?.code === EXCLUSION)
    return conflict('already_exists', 'Something like this exists already.');
  const lost =
    GONE.test(cause?.code ?? '') ||
    UNREACHABLE.has(cause?.code ?? '') ||
    /terminat|timeout exceeded|not connected/i.test(cause?.message ?? '');
  if (!lost) return error;
  return unavailable('database_unavailable', 'The database does not answer; try again shortly.');
}
