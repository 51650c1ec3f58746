import { failureOf, imageOf, replicaName, sendingOf, statusOf } from './nubo.rules';

const standing = { state: 'running' as const, stateReason: null, exitCode: null, restarts: 0 };

it('calls images after template and version, and replicas after project, release and number', () => {
  expect(imageOf({ template: 'php', templateVersion: '8.2' })).toBe('nubo-php-8-2');
  const project = { id: 'i', name: 'shop', hostname: 'h', tenantId: null, userId: 'u' };
  expect(replicaName({ project, release: 12 }, { number: 3 })).toBe('site-shop-r12-3');
  const long = replicaName({ project: { ...project, name: 'x'.repeat(63) }, release: 12 }, { number: 3 });
  expect(long).toMatch(/^site-x+-r12-3$/);
  expect(long).toHaveLength(63);
});

describe('a container', () => {
  it('has not failed while it is made, or runs', () => {
    expect(failureOf(standing)).toBeNull();
    expect(failureOf({ ...standing, state: 'creating' })).toBeNull();
  });

  it('has failed when its program ended, also when it was started again since', () => {
    expect(failureOf({ ...standing, state: 'starting', exitCode: 3 })).toBe(
      'its program ended with exit code 3',
    );
    expect(failureOf({ ...standing, exitCode: 3, restarts: 1 })).toBe('its program ended with exit code 3');
    expect(failureOf({ ...standing, state: 'starting', exitCode: 137 })).toContain('killed');
  });

  it('has forgotten its end once it ran for a while', () => {
    expect(failureOf({ ...standing, exitCode: 3, restarts: 0 })).toBeNull();
  });

  it('has failed when compute says so', () => {
    expect(failureOf({ ...standing, state: 'error', stateReason: 'no room' })).toBe('no room');
  });
});

describe('the replicas of a revision', () => {
  const endpoint = { host: '192.0.2.1', port: 4000 };

  it('are ready when all answer', () => {
    const one = { endpoint, waitsFor: null, failure: null };
    expect(statusOf([one, one])).toEqual({
      ready: 2,
      endpoints: [endpoint, endpoint],
      waitsFor: null,
      failure: null,
    });
  });

  it('wait for the first that does not', () => {
    const late = { endpoint: null, waitsFor: 'its container is creating', failure: 'no room' };
    expect(statusOf([{ endpoint, waitsFor: null, failure: null }, late])).toEqual({
      ...{ ready: 1, endpoints: [endpoint], failure: 'no room' },
      waitsFor: '1 of 2 replicas answer: its container is creating',
    });
  });
});

it('sends only what a host does not have, under whatever name it has it', () => {
  const file = (path: string, sha256: string) => ({ path, sha256, size: 5 });
  const before = [file('old.js', 'a'), file('gone.js', 'b')];
  expect(sendingOf([file('new.js', 'a'), file('more.js', 'c')], before)).toEqual([
    { path: 'new.js', sameAs: 'old.js' },
    { path: 'more.js', size: 5 },
  ]);
});
