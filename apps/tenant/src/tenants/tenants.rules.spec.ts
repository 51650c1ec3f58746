import { mayBecome, PENDING_MS, pendingLeftMs } from './tenants.rules';

describe('a tenant', () => {
  it('is activated once and never comes back from its deletion', () => {
    expect(mayBecome('pending', 'active')).toBe(true);
    expect(mayBecome('active', 'active')).toBe(false);
    expect(mayBecome('deleting', 'active')).toBe(false);
    expect(mayBecome('deleting', 'deleting')).toBe(false);
    expect(mayBecome('pending', 'deleting')).toBe(true);
  });

  it('that nobody activates expires after a week', () => {
    const now = Date.parse('2026-11-23T12:00:00Z');
    expect(pendingLeftMs(new Date(now - 1_000), now)).toBe(PENDING_MS - 1_000);
    expect(pendingLeftMs(new Date(now - PENDING_MS - 1), now)).toBe(0);
  });
});
