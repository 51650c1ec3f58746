import { requestIdOf } from './request-id.rules';

const NEW = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('a request id', () => {
  it.each(['a', 'trace-7.x:y_z', 'A'.repeat(128)])('%j is kept', (given) => {
    expect(requestIdOf(given)).toBe(given);
  });

  it.each([undefined, '', 'a b', 'a\r\nSet-Cookie: x=y', 'é', 'A'.repeat(129), '{"a":1}', ['a', 'b']])(
    '%j gives way to a new one',
    (given) => {
      expect(requestIdOf(given)).toMatch(NEW);
    },
  );
});
