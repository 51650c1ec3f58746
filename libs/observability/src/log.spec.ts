import { Writable } from 'node:stream';
import pino from 'pino';
import { QueryFailedError } from 'typeorm';
import { LOG_OPTIONS, withLogFields } from './log';

type Line = Record<string, unknown>;

/** What `work` logs, line by line. */
function linesOf(work: (log: pino.Logger) => void): Line[] {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(...chunk.toString().split('\n').filter(Boolean));
      done();
    },
  });
  work(pino({ ...LOG_OPTIONS, level: 'info' }, stream));
  return lines.map((line) => JSON.parse(line) as Line);
}

describe('a log line', () => {
  it('is JSON with time, level, service and message', () => {
    const [line] = linesOf((log) => log.warn({ hostId: 'h1' }, 'host is silent'));
    expect(line).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      service: 'nubo',
      hostId: 'h1',
      msg: 'host is silent',
    });
  });

  it('carries the request and the resource that it is about, however deep the work is', async () => {
    const lines: Line[] = [];
    await withLogFields({ requestId: 'r1', tenantId: 't1' }, async () => {
      await Promise.resolve();
      withLogFields({ resourceId: 'vm1' }, () => {
        lines.push(...linesOf((log) => log.info('one')));
      });
      lines.push(...linesOf((log) => log.info('two')));
    });
    lines.push(...linesOf((log) => log.info('three')));
    expect(lines[0]).toMatchObject({ requestId: 'r1', tenantId: 't1', resourceId: 'vm1', msg: 'one' });
    expect(lines[1]).toMatchObject({ requestId: 'r1', msg: 'two' });
    expect(lines[1]).not.toHaveProperty('resourceId');
    expect(lines[2]).not.toHaveProperty('requestId');
  });

  it('keeps two requests apart that are under way at once', async () => {
    const seen = await Promise.all(
      ['a', 'b'].map((requestId) =>
        withLogFields({ requestId }, async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return linesOf((log) => log.info('x'))[0]?.requestId;
        }),
      ),
    );
    expect(seen).toEqual(['a', 'b']);
  });

  it.each([
    { password: 's3cret' },
    { input: { password: 's3cret' } },
    { input: { user: { currentPassword: 's3cret' } } },
    { req: { headers: { authorization: 's3cret', cookie: 's3cret' } } },
    { session: { token: 's3cret' } },
    { err: Object.assign(new Error('x'), { token: 's3cret' }) },
    { err: Object.assign(new Error('x'), { headers: { cookie: 's3cret' } }) },
    { cause: Object.assign(new Error('x'), { token: 's3cret' }) },
  ])('never holds a secret: %j', (fields) => {
    const text = JSON.stringify(linesOf((log) => log.info(fields, 'x')));
    expect(text).not.toContain('s3cret');
    expect(text).toContain('…');
  });

  it('cannot get a secret from a logger that carries one: there is none', () => {
    expect(() => linesOf((log) => log.child({ session: { token: 's3cret' } }))).toThrow(TypeError);
    expect(linesOf((log) => log.child({ hostId: 'h1' }).info('x'))).toMatchObject([{ hostId: 'h1' }]);
  });

  it('of a failed statement says what failed, not with which values', () => {
    const cause = Object.assign(new Error('duplicate key value violates unique constraint "users_email"'), {
      code: '23505',
      detail: 'Key (email)=(ann@s3cret.example) already exists.',
    });
    const err = new QueryFailedError('INSERT INTO users VALUES ($1)', ['ann@s3cret.example'], cause);
    const [line] = linesOf((log) => log.error({ err }, 'operation failed'));
    expect(JSON.stringify(line)).not.toContain('s3cret');
    expect(line?.err).toMatchObject({ code: '23505', query: 'INSERT INTO users VALUES ($1)' });
    expect(line?.err).toHaveProperty('stack');
  });

  it('of a URL that cannot be read does not hold it', () => {
    let err: unknown;
    try {
      new URL('nats://user:s3cret@:x');
    } catch (error) {
      err = error;
    }
    const text = JSON.stringify(linesOf((log) => log.fatal({ err }, 'cannot start')));
    expect(text).toContain('Invalid URL');
    expect(text).not.toContain('s3cret');
  });
});
