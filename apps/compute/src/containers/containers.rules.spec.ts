import { CONTAINER_STATES, type RestartPolicy } from '@nubo/contracts';
import { afterEnd, createErrors, endText, idRange, isNews, mayAsk, SLOTS } from './containers.rules';

const now = new Date('2026-01-01T00:00:00Z');
const end = (exitCode: number) => ({ at: now, exitCode, outOfMemory: false });
const next = (restart: RestartPolicy, exitCode: number, restarts = 0) =>
  afterEnd({ restart, restarts }, end(exitCode), now);

describe('a container that ended by itself', () => {
  it.each<[RestartPolicy, number, boolean]>([
    ['always', 0, true],
    ['always', 1, true],
    ['on-failure', 0, false],
    ['on-failure', 1, true],
    ['never', 0, false],
    ['never', 1, false],
  ])('with the policy %s and exit code %i is started again: %s', (restart, code, again) => {
    expect(next(restart, code) !== undefined).toBe(again);
  });

  it('rests for 1, 2, 4 … seconds, and for a minute at most', () => {
    const rests = [0, 1, 2, 5, 6, 1_000].map((restarts) => {
      const { restartAt = now } = next('always', 1, restarts) ?? {};
      return (restartAt.getTime() - now.getTime()) / 1_000;
    });
    expect(rests).toEqual([1, 2, 4, 32, 60, 60]);
  });

  it('did so once', () => {
    expect(isNews({ endedAt: null }, end(1))).toBe(true);
    expect(isNews({ endedAt: now }, end(1))).toBe(false);
    expect(isNews({ endedAt: null }, null)).toBe(false);
  });

  it('says why', () => {
    expect(endText(end(3))).toBe('It ended with exit code 3.');
    expect(endText({ ...end(137), outOfMemory: true })).toContain('more memory');
  });
});

describe('asking a container to run or to stop', () => {
  it('is possible in every state but these', () => {
    const refused = CONTAINER_STATES.flatMap((state) =>
      (['running', 'stopped'] as const)
        .filter((wanted) => !mayAsk(state, wanted))
        .map((wanted) => `${state} ${wanted}`),
    );
    expect(refused).toEqual(['creating stopped', 'deleting running', 'deleting stopped']);
  });
});

describe('the user ids of containers of one host', () => {
  it('never overlap, and stay below 2^31', () => {
    const [first, second, last] = [0, 1, SLOTS - 1].map(idRange);
    expect(second?.first).toBe((first?.first ?? 0) + (first?.count ?? 0));
    expect((last?.first ?? 0) + (last?.count ?? 0)).toBeLessThanOrEqual(2 ** 31);
    expect(first?.first).toBeGreaterThanOrEqual(65_536);
  });
});

describe('a wish for a container', () => {
  it('is told every bad field at once', () => {
    const env = Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`A${n}`, 'x'.repeat(32_000)]));
    const errors = createErrors({ imageId: '', nics: [], command: [], env });
    expect(errors.map(({ field }) => field)).toEqual(['nics', 'command', 'env']);
    expect(createErrors({ imageId: '' })).toEqual([]);
  });
});
