import { etagOf, namesTag, versionOf } from './etag.rules';

describe('entity tags', () => {
  it('are the version in quotes, where there is one', () => {
    expect(etagOf({ version: 3 })).toBe('"3"');
    expect(etagOf({ version: '3' })).toBeUndefined();
    expect(etagOf({})).toBeUndefined();
  });

  it.each(['"3"', 'W/"3"', '"1", "3"', ' "1" ,W/"3"', '*'])('If-None-Match %s names version 3', (header) => {
    expect(namesTag(header, '"3"')).toBe(true);
  });

  it.each(['"33"', '3', '"1", "2"', '', '""'])('If-None-Match %s does not', (header) => {
    expect(namesTag(header, '"3"')).toBe(false);
  });

  it('If-Match is a version, or any', () => {
    expect(versionOf('"3"')).toBe(3);
    expect(versionOf(' "12" ')).toBe(12);
    expect(versionOf('*')).toBeUndefined();
  });

  it.each(['3', '"a"', '"3","4"', 'W/"3"', '""', '"-1"', '"1234567890123456"'])(
    'If-Match %s is refused',
    (header) => {
      expect(() => versionOf(header)).toThrow('If-Match must be one ETag');
    },
  );
});
