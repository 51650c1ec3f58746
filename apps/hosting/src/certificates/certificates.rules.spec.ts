import { CertificatePace, pauseAfter, renewalOf, shownReason } from './certificates.rules';

const HOUR_MS = 3_600_000;

describe('a certificate', () => {
  const pace = new CertificatePace();

  it('is renewed after two thirds of its time', () => {
    const [from, to] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-04-01T00:00:00Z')];
    expect(renewalOf({ from, to }).toISOString()).toBe('2026-03-02T00:00:00.000Z');
  });

  it('is asked for more and more seldom when it is not given', () => {
    const pauses = [1, 2, 3, 20, 5_000].map((failures) => pauseAfter(failures, 'no', pace));
    expect(pauses).toEqual([600_000, 1_200_000, 2_400_000, 24 * HOUR_MS, 24 * HOUR_MS]);
  });

  it('is not asked for soon from who says that it was asked too often', () => {
    const reason = 'urn:ietf:params:acme:error:rateLimited: too many certificates';
    expect(pauseAfter(1, reason, pace)).toBe(3 * HOUR_MS);
    expect(pauseAfter(9, reason, pace)).toBe(24 * HOUR_MS);
  });

  it('is refused in words that a person can be shown', () => {
    expect(shownReason('no\u001b[31m\nroute\0')).toBe('no [31m route ');
    expect(shownReason('x'.repeat(5_000))).toHaveLength(1_000);
  });
});
