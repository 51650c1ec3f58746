import { conflict, NuboError } from '@nubo/contracts';
import {
  CannotExecuteNotConnectedError,
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import { databaseFailure, isRetryable } from './failures';

const fromServer = (code: string, constraint?: string): Error =>
  new QueryFailedError('SELECT 1', [], Object.assign(new Error(`sqlstate ${code}`), { code, constraint }));
const fromNode = (message: string, code?: string): Error => Object.assign(new Error(message), { code });

describe('a transaction', () => {
  it.each(['40001', '40P01'])('may be run again after %s', (code) => {
    expect(isRetryable(fromServer(code))).toBe(true);
  });

  it.each([fromServer('23505'), new Error('no'), 'no', undefined])('may not after %p', (error) => {
    expect(isRetryable(error)).toBe(false);
  });
});

describe('the database is away', () => {
  it.each([
    ['ended by an operator', fromServer('57P01')],
    ['starting up', fromServer('57P03')],
    ['out of connections', fromServer('53300')],
    ['out of disk', fromServer('53100')],
    ['too slow', fromServer('57014')],
    ['tired of a transaction', fromServer('25P03')],
    ['in deadlocks for ever', fromServer('40P01')],
    ['not there', fromNode('connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED')],
    ['on another network', fromNode('connect EHOSTUNREACH', 'EHOSTUNREACH')],
    ['not known by its name', fromNode('getaddrinfo EAI_AGAIN', 'EAI_AGAIN')],
    ['cut off', fromNode('Connection terminated unexpectedly')],
    ['cut off between two statements', new QueryRunnerProviderAlreadyReleasedError()],
    ['cut off, the driver knows', fromNode('Client has encountered a connection error and is not queryable')],
    ['out of the pool', fromNode('timeout exceeded when trying to connect')],
    ['cut off in a transaction', new QueryRunnerAlreadyReleasedError()],
    ['not connected yet', new CannotExecuteNotConnectedError()],
  ])('when it is %s', (_what, error) => {
    expect(databaseFailure(error, {})).toMatchObject({
      kind: 'unavailable',
      code: 'database_unavailable',
      cause: error,
    });
  });
});

describe('an error that is no outage', () => {
  it('thrown on purpose stays as it is', () => {
    const error = new NuboError('exhausted', 'quota_exceeded', 'Full.');
    expect(databaseFailure(error, {})).toBe(error);
  });

  it('of a known constraint is told in its words', () => {
    const taken = conflict('name_taken', 'Taken.');
    expect(databaseFailure(fromServer('23505', 'names'), { names: () => taken })).toBe(taken);
  });

  it.each(['23505', '23P01'])('of an unknown constraint (%s) is a conflict that names no column', (code) => {
    const told = databaseFailure(fromServer(code, 'secret_name'), {});
    expect(told).toMatchObject({ kind: 'conflict', code: 'already_exists' });
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  it.each([fromServer('42P01'), new Error('The process was terminated'), new TypeError('x'), 'text', null])(
    'is passed on for the log: %p',
    (error) => {
      expect(databaseFailure(error, {})).toBe(error);
    },
  );

  it('is not taken for a constraint by the name of an inherited property', () => {
    expect(databaseFailure(fromServer('23514', 'constructor'), {})).toBeInstanceOf(QueryFailedError);
  });
});
