import { askFor, goesOn, validatorOf } from './resume';

const DATE = 'Wed, 06 May 2026 10:00:00 GMT';
const EARLIER = 'Wed, 06 May 2026 09:00:00 GMT';

describe('what names a version of a file', () => {
  it.each([
    ['a strong ETag', { etag: '"a1"' }, '"a1"'],
    ['a strong ETag before a date', { etag: '"a1"', 'last-modified': EARLIER, date: DATE }, '"a1"'],
    ['a date that lies before the answer', { 'last-modified': EARLIER, date: DATE }, EARLIER],
    [
      'no weak ETag, nor a date beside one',
      { etag: 'W/"a1"', 'last-modified': EARLIER, date: DATE },
      undefined,
    ],
    ['no ETag that is none', { etag: 'a1' }, undefined],
    ['no date that is too young', { 'last-modified': DATE, date: DATE }, undefined],
    ['no date without one of the answer', { 'last-modified': EARLIER }, undefined],
    ['nothing', {}, undefined],
  ])('is %s', (_, headers, validator) => {
    expect(validatorOf(headers)).toBe(validator);
  });
});

describe('the rest of a file', () => {
  it('is asked for on condition that it is the same', () => {
    expect(askFor({ bytes: 7, validator: '"a"' })).toEqual({ range: 'bytes=7-', 'if-range': '"a"' });
  });

  it.each([
    [206, { 'content-range': 'bytes 7-99/100' }, true],
    [206, { 'content-range': 'bytes 7-99/*', etag: '"a"' }, true],
    [206, { 'content-range': 'bytes 7-99/100', etag: '"b"' }, false],
    [206, { 'content-range': 'bytes 0-99/100' }, false],
    [206, {}, false],
    [200, { 'content-range': 'bytes 7-99/100' }, false],
    [416, { 'content-range': 'bytes */7' }, false],
  ])('%s with %j: %s', (status, headers, expected) => {
    expect(goesOn(status, headers, { bytes: 7, validator: '"a"' })).toBe(expected);
  });
});
