import { duration, gibibytes, labels, mebibytes, several, wholeNumber } from './parsers';

describe('what is written on the command line', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
  ])('%s is a time', (text, ms) => expect(duration(text)).toBe(ms));

  it.each(['10', 's', '-1s', '1.5s', '1d', ''])('%j is none', (text) =>
    expect(() => duration(text)).toThrow(),
  );

  it.each([
    ['512', 512],
    ['512M', 512],
    ['2G', 2_048],
    ['2GiB', 2_048],
    ['1t', 1_048_576],
  ])('%s of memory', (text, mib) => expect(mebibytes(text)).toBe(mib));

  it.each([
    ['10', 10],
    ['10G', 10],
    ['1TB', 1_024],
  ])('%s of disk', (text, gib) => expect(gibibytes(text)).toBe(gib));

  it.each(['x', '1.5G', '-5', '5K'])('%j is no size', (text) => {
    expect(() => mebibytes(text)).toThrow();
    expect(() => gibibytes(text)).toThrow();
  });

  it('gathers labels', () => {
    expect(labels('team=blue', { tier: 'web' })).toEqual({ tier: 'web', team: 'blue' });
    expect(labels('note=a=b')).toEqual({ note: 'a=b' });
    expect(() => labels('team')).toThrow();
    expect(Object.getPrototypeOf(labels('__proto__=x'))).toBe(Object.prototype);
  });

  it('gathers what may be given several times', () => {
    expect(several('b', ['a'])).toEqual(['a', 'b']);
  });

  it('takes whole numbers', () => {
    expect(wholeNumber(1)('22')).toBe(22);
    for (const text of ['0', '1.5', 'x', '1e3', '']) expect(() => wholeNumber(1)(text)).toThrow();
  });
});
