import { describeLeft, isTimeToCall, nextLookMs } from './deletions.rules';

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
