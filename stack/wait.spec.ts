import { waitWhile } from './wait';

describe('waiting', () => {
  it('ends as soon as nothing is left to wait for', async () => {
    const answers = ['not yet', 'nearly'];
    const left = await waitWhile(() => answers.shift(), { timeoutMs: 1000, everyMs: 1 });
    expect(left).toBeUndefined();
    expect(answers).toEqual([]);
  });

  it('returns what it still waited for when time is up', async () => {
    expect(await waitWhile(() => 'the server', { timeoutMs: 5, everyMs: 1 })).toBe('the server');
  });
});
