import {
  BadRequestException,
  HttpException,
  NotFoundException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import {
  ERROR_KINDS,
  invalidFields,
  limited,
  NuboError,
  notFound,
  unauthenticated,
  type ErrorKind,
} from '@nubo/contracts';
import { problemOf } from './problem.rules';

const PLACE = {
  requestId: 'r-1',
  method: 'GET',
  path: '/iaas/vms',
  allowed: [],
  bodyTypes: ['application/json'],
};

describe('a problem', () => {
  it.each(Object.entries(ERROR_KINDS))('of kind %s has its status and title', (kind, { status, title }) => {
    const { problem } = problemOf(new NuboError(kind as ErrorKind, 'some_code', 'some detail'), PLACE);
    expect(problem).toEqual({
      type: 'urn:nubo:problem:some_code',
      title,
      status,
      detail: 'some detail',
      code: 'some_code',
      requestId: 'r-1',
      instance: '/iaas/vms',
    });
  });

  it('names bad fields as errors', () => {
    const { problem } = problemOf(
      invalidFields([{ field: 'nics.0.ip', message: 'must be an ip address' }]),
      PLACE,
    );
    expect(problem).toMatchObject({
      status: 400,
      errors: [{ field: 'nics.0.ip', message: 'must be an ip address' }],
    });
    expect(problem).not.toHaveProperty('fields');
  });

  it('keeps the numbers, but lets none of them pass for a standard member', () => {
    const error = new NuboError('exhausted', 'quota_exceeded', 'Full.', {
      details: { limit: 5, status: 200, code: 'x' },
    });
    expect(problemOf(error, PLACE).problem).toMatchObject({ limit: 5, status: 409, code: 'quota_exceeded' });
  });

  it('says when to come back', () => {
    expect(problemOf(limited('slow', 'x', { retryAfterSeconds: 0.2 }), PLACE).headers).toEqual({
      'Retry-After': '1',
    });
    expect(problemOf(limited('slow', 'x', { retryAfterSeconds: 'soon' }), PLACE).headers).toEqual({
      'Retry-After': '1',
    });
    expect(problemOf(notFound('VM', '1'), PLACE).headers).toEqual({});
  });

  it('asks for credentials with 401', () => {
    expect(problemOf(unauthenticated('login_required', 'x'), PLACE).headers).toEqual({
      'WWW-Authenticate': 'Bearer',
    });
  });

  it.each([new TypeError('secret'), 'secret', null, new HttpException('secret', 418), { statusCode: 400 }])(
    'tells nothing of %p',
    (error) => {
      const { problem, unexpected } = problemOf(error, PLACE);
      expect(problem).toMatchObject({ status: 500, code: 'internal' });
      expect(JSON.stringify(problem)).not.toContain('secret');
      expect(unexpected).toBe(true);
    },
  );

  it('is expected when somebody threw it on purpose', () => {
    expect(problemOf(notFound('VM', '1'), PLACE).unexpected).toBe(false);
    expect(problemOf(new NuboError('internal', 'internal', 'x'), PLACE).unexpected).toBe(true);
  });

  it('tells an unknown path from a wrong method', () => {
    expect(problemOf(new NotFoundException(), PLACE).problem).toMatchObject({
      status: 404,
      code: 'route_not_found',
    });
    const wrong = problemOf(new NotFoundException(), { ...PLACE, allowed: ['GET', 'POST'] });
    expect(wrong.problem).toMatchObject({ status: 405, code: 'method_not_allowed' });
    expect(wrong.headers).toEqual({ Allow: 'GET, POST' });
  });

  it.each([
    [['application/json'], 'Send the body as application/json.'],
    [['application/octet-stream'], 'Send the body as application/octet-stream.'],
    [
      ['application/json', 'multipart/form-data'],
      'Send the body as application/json or multipart/form-data.',
    ],
  ])('of a strange body says that the route takes %j', (bodyTypes, detail) => {
    const { problem } = problemOf(new UnsupportedMediaTypeException(), { ...PLACE, bodyTypes });
    expect(problem).toMatchObject({ status: 415, code: 'unsupported_media_type', detail });
  });

  it('calls a body that is no JSON by its name', () => {
    const problem = problemOf(new BadRequestException('Unexpected token'), PLACE);
    expect(problem.problem).toMatchObject({ status: 400, code: 'bad_json' });
  });
});
