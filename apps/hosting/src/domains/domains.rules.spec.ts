import { isHeldBy, pauseOf, ProofPace, recordValue, standingOf } from './domains.rules';

const now = new Date('2026-05-04T10:00:00.000Z');
const ago = (ms: number): Date => new Date(now.getTime() - ms);
const row = { domain: 'a.example', token: 'mine', state: 'pending', provenAt: null, lostAt: null } as const;
const there = { texts: ['v=spf1 -all', recordValue('mine')] };
const missing = { texts: [recordValue('mine '), recordValue('another'), 'mine'] };
const at = (more: object = {}) => ({ now, isOthers: false, restMs: 1_000, ...more });

describe('what a domain is', () => {
  it('is active with its record and not with any other', () => {
    expect(standingOf(row, there, at())).toMatchObject({ state: 'active', held: true, provenAt: now });
    const standing = standingOf(row, missing, at());
    expect(standing).not.toHaveProperty('state');
    expect(standing).not.toHaveProperty('held');
    expect(standing.stateReason).toContain('nubo-verify=mine');
    expect(standingOf(row, { texts: [] }, at()).stateReason).toContain('_nubo-challenge.a.example');
  });

  it('stays pending while it is another’s whose record is there too', () => {
    const standing = standingOf(row, there, at({ isOthers: true }));
    expect(standing).not.toHaveProperty('held');
    expect(standing.stateReason).toContain('another project has proven a.example');
    expect(standingOf(row, missing, at({ isOthers: true })).stateReason).toContain('None of the TXT records');
    expect(isHeldBy({ token: 'another' }, missing)).toBe(true);
    expect(isHeldBy({ token: 'theirs' }, missing)).toBe(false);
    expect(isHeldBy(undefined, missing)).toBe(false);
  });

  it('changes nothing but the reason while nobody answers', () => {
    for (const state of ['pending', 'active', 'lost'] as const)
      expect(standingOf({ ...row, state, lostAt: ago(9_999) }, { unknown: 'SERVFAIL' }, at())).toEqual({
        stateReason: 'SERVFAIL',
      });
  });

  it('is served for a while when its record is gone, and then no more', () => {
    const active = { ...row, state: 'active' as const };
    expect(standingOf(active, missing, at())).toMatchObject({ state: 'lost', lostAt: now });
    const lost = { ...row, state: 'lost' as const, lostAt: ago(999) };
    expect(standingOf(lost, missing, at())).toMatchObject({ state: 'lost', lostAt: lost.lostAt });
    expect(standingOf(lost, missing, at())).not.toHaveProperty('held');
    const over = { ...lost, lostAt: ago(1_000) };
    expect(standingOf(over, missing, at())).toMatchObject({ state: 'error', held: false });
    expect(standingOf(over, there, at())).toMatchObject({ state: 'active', held: true, lostAt: null });
  });

  it('is looked at more and more seldom', () => {
    const pace = new ProofPace();
    expect(pauseOf(now, now, pace)).toBe(2_000);
    expect(pauseOf(ago(60_000), now, pace)).toBe(15_000);
    expect(pauseOf(ago(86_400_000), now, pace)).toBe(600_000);
  });
});
