import {
  describeLeft,
  isTimeToCall,
  mayBecome,
  nextLookMs,
  PENDING_MS,
  pendingLeftMs,
} from './tenants.rules';

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

describe('a deletion', () => {
  it('looks twice a second for a minute, then less often', () => {
    expect([1, 119, 120].map(nextLookMs)).toEqual([500, 500, 5_000]);
  });

  it('tells the other services at once and then about every three seconds', () => {
    const calls = Array.from({ length: 14 }, (_, n) => n + 1).filter(isTimeToCall);
    expect(calls).toEqual([1, 7, 13]);
    expect(isTimeToCall(121)).toBe(true);
  });

  it('says what it waits for', () => {
    const left = [
      { kind: 'vcpus', resources: 2 },
      { kind: 'vms', resources: 2 },
    ] as const;
    expect(describeLeft([...left])).toBe('what is left of it: 2 vcpus, 2 vms');
  });
});
