import type { NuboError } from '@nubo/contracts';
import {
  assertRunnable,
  changesProgram,
  failureText,
  isWanted,
  planOf,
  secretsOf,
  withoutSecrets,
  type OpenedRevision,
  type Settings,
} from './programs.rules';

const project = {
  ...{ generation: 3, release: 2, templateVersion: '18', memoryMib: 128, healthPath: '/' },
  ...{ env: { A: '1' }, secrets: { B: '2' } },
};
let count = 0;
const revision = (more: Partial<OpenedRevision> = {}): OpenedRevision => ({
  ...{
    id: `r${(count += 1)}`,
    projectId: 'p',
    release: 2,
    generation: 3,
    healthPath: '/',
  },
  ...{ templateVersion: '18', memoryMib: 128, env: { A: '1', B: '2' }, state: 'starting', stateReason: null },
  ...{ discarded: false, createdAt: new Date() },
  ...more,
});
const none = { env: {}, secrets: {} };

describe('what is run', () => {
  it('is another when release, version, memory, health path, a variable or a secret is', () => {
    const changes = [
      { release: 3 },
      { templateVersion: '20' },
      { memoryMib: 64 },
      { healthPath: '/health' },
      { env: {} },
      { secrets: { B: '3' } },
    ];
    expect(isWanted(revision(), project)).toBe(true);
    for (const change of changes) expect(isWanted(revision(), { ...project, ...change })).toBe(false);
  });

  it('is the same whatever the order of its variables', () => {
    const [one, two] = [
      { A: '1', C: '3' },
      { C: '3', A: '1' },
    ];
    expect(isWanted(revision({ env: { ...one, B: '2' } }), { ...project, env: two })).toBe(true);
  });
});

describe('the plan', () => {
  it('is to make a revision when what is wanted is not there', () => {
    const old = revision({ state: 'serving', release: 1 });
    expect(planOf(project, [old])).toMatchObject({ serving: old, isMissing: true, leaving: [] });
  });

  it('keeps what serves while what is wanted starts', () => {
    const [old, next] = [revision({ state: 'serving', release: 1 }), revision()];
    expect(planOf(project, [old, next])).toMatchObject({
      serving: old,
      starting: next,
      isMissing: false,
      leaving: [],
    });
  });

  it('lets go of what was to be started and is not wanted any more', () => {
    const [now, other] = [revision({ state: 'serving' }), revision({ memoryMib: 64 })];
    expect(planOf(project, [now, other])).toMatchObject({ serving: now, isMissing: false, leaving: [other] });
  });

  it('does not come back to what is leaving', () => {
    const leaving = revision({ state: 'leaving' });
    expect(planOf(project, [leaving])).toMatchObject({ isMissing: true, leaving: [leaving] });
  });

  it('does not try again what failed, until somebody wants something', () => {
    const failed = revision({ state: 'failed', discarded: true });
    expect(planOf(project, [failed])).toMatchObject({ failed, isMissing: false, leaving: [] });
    expect(planOf({ ...project, generation: 4 }, [failed])).toMatchObject({ isMissing: true });
  });

  it('has what failed removed', () => {
    const failed = revision({ state: 'failed' });
    expect(planOf(project, [failed]).leaving).toEqual([failed]);
  });
});

describe('settings of a program', () => {
  const invalid = expect.objectContaining({ kind: 'invalid' }) as unknown;

  it('are for projects that have one', () => {
    expect(() => assertRunnable('static', {}, none)).not.toThrow();
    expect(() => assertRunnable('static', { replicas: 2 }, none)).toThrow(invalid as Error);
    expect(() => assertRunnable('php', { replicas: 2 }, none)).not.toThrow();
  });

  it('name a version that the template has', () => {
    expect(() => assertRunnable('python', { templateVersion: '3.11' }, none)).not.toThrow();
    expect(() => assertRunnable('python', { templateVersion: '2.7' }, none)).toThrow(invalid as Error);
  });

  it('call nothing a variable and a secret at once, with those that are there', () => {
    expect(() => assertRunnable('php', { secrets: { A: '1' } }, { ...none, env: { A: '2' } })).toThrow(
      invalid as Error,
    );
    expect(() =>
      assertRunnable('php', { env: {}, secrets: { A: '1' } }, { ...none, env: { A: '2' } }),
    ).not.toThrow();
  });

  it('leave the variables alone that the platform sets', () => {
    const refused = (input: Settings): unknown => {
      try {
        return assertRunnable('php', input, none);
      } catch (error) {
        return (error as NuboError).details?.['fields'];
      }
    };
    const message = 'is set by the platform';
    expect(refused({ env: { PATH: '/x' }, secrets: { PORT: '1' } })).toEqual([
      { field: 'env.PATH', message },
      { field: 'secrets.PORT', message },
    ]);
    expect(refused({ env: { WEB_PATH: '/x' } })).toBeUndefined();
  });

  it('fit into what a program can be given', () => {
    const env = { A: 'x'.repeat(40_000) };
    expect(() => assertRunnable('php', { env }, none)).not.toThrow();
    expect(() => assertRunnable('php', { env, secrets: { B: env.A } }, none)).toThrow(invalid as Error);
  });

  it('are changed only by what is given', () => {
    expect(changesProgram({})).toBe(false);
    expect(changesProgram({ env: {} })).toBe(true);
  });
});

describe('why it did not start', () => {
  it('is told with what serves and what it wrote', () => {
    expect(failureText(2, { reason: 'it ended', served: 1, output: 'a\nb\n' })).toBe(
      'Release 2 did not start: it ended. Release 1 is still served. It wrote:\na\nb',
    );
    expect(failureText(2, { reason: 'it ended', served: 2, output: '' })).toBe(
      'Release 2 did not start: it ended. It is still served as it was.',
    );
    expect(failureText(1, { reason: 'it ended', served: null, output: '' })).toBe(
      'Release 1 did not start: it ended.',
    );
  });

  it('shows the end of what it wrote, and is no longer than a reason may be', () => {
    const text = failureText(2, { reason: 'it ended', served: 1, output: `${'x'.repeat(5_000)} the end` });
    expect(text.length).toBeLessThanOrEqual(2_000);
    expect(text.endsWith(' the end')).toBe(true);
  });

  it('holds no secret: what is not a variable of the project now counts as one', () => {
    const secrets = secretsOf(
      { env: { A: 'shown-value', B: 'hidden-value' } },
      { env: { A: 'shown-value' } },
    );
    expect(withoutSecrets('hidden-value, hidden-value and shown-value', secrets)).toBe(
      '•••, ••• and shown-value',
    );
  });
});
