import type { Api } from '../client/api';
import type { Resource } from '../client/views';
import type { Noun } from '../nouns/noun';
import { namesFor } from './names';

const noun = (emails: string[]): Noun<Resource> => ({
  word: 'user',
  command: 'user',
  namedBy: 'email',
  columns: [],
  list: async () => ({
    data: emails.map((email) => ({ email }) as unknown as Resource),
    response: new Response(),
  }),
  get: () => Promise.reject(new TypeError('not asked for')),
});

describe('the names that a shell is offered', () => {
  it('are addresses', async () => {
    expect(await namesFor({} as Api, noun(['ada@blue.example', 'g.h+x@blue.example']), '')).toHaveLength(2);
  });

  it.each([
    '`id`@a.example',
    '$IFS@a.example',
    'a|b@a.example',
    'a&b@a.example',
    '*@a.example',
    "o'x@a.example",
  ])('are not what it would run: %s', async (email) =>
    expect(await namesFor({} as Api, noun([email]), '')).toEqual([]),
  );
});
