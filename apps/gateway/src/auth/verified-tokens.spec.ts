import { VerifiedTokens } from './verified-tokens';

const until = (expiresAtMs: number) => ({ expiresAtMs });

describe('verified tokens', () => {
  it('are kept until they expire', () => {
    const tokens = new VerifiedTokens<{ expiresAtMs: number }>(10);
    tokens.set('a', until(1_000));
    expect(tokens.get('a', 999)).toEqual(until(1_000));
    expect(tokens.get('a', 1_000)).toBeUndefined();
    expect(tokens.size).toBe(0);
  });

  it('never grow beyond their limit', () => {
    const tokens = new VerifiedTokens<{ expiresAtMs: number }>(2);
    ['a', 'b', 'c'].forEach((token) => tokens.set(token, until(1_000)));
    expect(tokens.size).toBe(2);
    expect(tokens.get('a', 0)).toBeUndefined();
    expect(tokens.get('c', 0)).toBeDefined();
  });
});
