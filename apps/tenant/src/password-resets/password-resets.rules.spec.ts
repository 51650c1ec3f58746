import { codeHashOf, isOpenedBy, newCode, RESET_MS } from './password-resets.rules';

describe('a password reset', () => {
  const now = Date.parse('2026-11-25T12:00:00Z');
  const code = newCode();
  const reset = { codeHash: codeHashOf(code), expiresAt: new Date(now + RESET_MS) };

  it('has a code of 256 random bits, of which only a hash is kept', () => {
    expect(code).toMatch(/^[\w-]{43}$/);
    expect(newCode()).not.toBe(code);
    expect(reset.codeHash).not.toContain(code);
  });

  it('is opened by its code within an hour', () => {
    expect(isOpenedBy(reset, code, now)).toBe(true);
    expect(isOpenedBy(reset, code, now + RESET_MS - 1)).toBe(true);
    expect(isOpenedBy(reset, code, now + RESET_MS)).toBe(false);
  });

  it.each(['', 'x', code.slice(1), `${code}x`])('is not opened by %j', (other) => {
    expect(isOpenedBy(reset, other, now)).toBe(false);
  });

  it('that does not exist is not opened by anything', () => {
    for (const given of ['', code]) expect(isOpenedBy(null, given, now)).toBe(false);
  });
});
