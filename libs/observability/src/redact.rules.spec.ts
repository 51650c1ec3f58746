import { withoutSecrets } from './redact.rules';

describe('a line without its secrets', () => {
  it.each([
    [{ token: 'x' }, { token: '…' }],
    [{ a: { cookie: ['x'] } }, { a: { cookie: '…' } }],
    [{ a: [{ password: 'x' }, { b: 1 }] }, { a: [{ password: '…' }, { b: 1 }] }],
    [
      { a: { b: { authorization: null, c: 1 } }, d: 2 },
      { a: { b: { authorization: '…', c: 1 } }, d: 2 },
    ],
  ])('of %j is %j', (line, shown) => {
    const before = structuredClone(line);
    expect(withoutSecrets(line)).toEqual(shown);
    expect(line).toEqual(before);
  });

  it('is the line itself when there are none', () => {
    const line = { requestId: 'r1', at: new Date(0), inner: { list: [1, null, undefined] } };
    expect(withoutSecrets(line)).toBe(line);
  });

  it('comes to an end', () => {
    const line: Record<string, unknown> = { token: 'x' };
    line.self = line;
    expect(withoutSecrets(line)).toMatchObject({ token: '…', self: { token: '…', self: { token: '…' } } });
  });
});
