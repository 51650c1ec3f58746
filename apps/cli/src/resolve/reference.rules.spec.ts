import { isWholeId, queriesFor } from './reference.rules';

describe('what names a thing', () => {
  it('is a whole id', () => {
    expect(isWholeId('3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10')).toBe(true);
    expect(isWholeId('3b1f8a52')).toBe(false);
  });

  it.each([
    ['web-1', ['name=web-1']],
    ['cafe', ['name=cafe', 'id=cafe*']],
    ['3B1F8A52-6c', ['name=3B1F8A52-6c', 'id=3b1f8a52-6c*']],
  ])('%s is looked for by %j', (text, queries) => expect(queriesFor(text, 'name')).toEqual(queries));

  it('is an e-mail address of a user', () => {
    expect(queriesFor('ada+x@blue.example', 'email')).toEqual(['email=ada+x@blue.example']);
  });

  it.each(['', '*', 'a b', "x' or 1=1", 'name=web', '-', '../x'])(
    '%j finds more or other things than one',
    (text) => {
      expect(queriesFor(text, 'name').filter((query) => !/^name=[\w.@+-]+$/.test(query))).toEqual([]);
    },
  );
});
