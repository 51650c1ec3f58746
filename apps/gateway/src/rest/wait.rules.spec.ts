import { waitMsOf } from './wait.rules';

describe('?wait=', () => {
  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['2m', 120_000],
    ['120000ms', 120_000],
  ])('%s is %d ms', (text, ms) => {
    expect(waitMsOf(text)).toBe(ms);
  });

  it.each(['', '30', 's', '3m', '120001ms', '1h', ' 1s', '1.5s', '-1s', '+1s', '1e3ms', '9999999ms'])(
    '%j is refused',
    (text) => {
      expect(() => waitMsOf(text)).toThrow('wait: must be a time like 500ms, 30s or 2m, at most 2m');
    },
  );
});
