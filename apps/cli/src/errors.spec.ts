import { problemError, sentenceOf, usage } from './errors';
import { exitCodeOf } from './exit-codes';

const problem = (more: object = {}) => ({
  type: 'urn:nubo:problem:x',
  title: 'x',
  detail: 'vms: 10 of 10 are used.',
  code: 'quota_exceeded',
  requestId: 'r-1',
  ...more,
});

describe('an error', () => {
  it('is one line with the request and what to do next', () => {
    expect(sentenceOf(problemError(problem(), 409))).toBe(
      'nubo: vms: 10 of 10 are used. (request r-1) What is used up, and by what: nubo quota ls',
    );
    expect(sentenceOf(problemError(problem({ code: 'too_many_attempts' }), 429, '30'))).toContain(
      'Try again in 30 s.',
    );
    expect(sentenceOf(problemError(problem({ code: 'session_expired' }), 401))).toContain(
      'nubo login <email>',
    );
    expect(sentenceOf(usage('Not so.'))).toBe('nubo: Not so.');
  });

  it.each([
    [400, 1],
    [401, 3],
    [403, 1],
    [404, 4],
    [409, 5],
    [412, 5],
    [422, 1],
    [429, 6],
    [500, 1],
    [503, 6],
  ])('of status %i ends the program with %i', (status, code) => expect(exitCodeOf(status)).toBe(code));
});
