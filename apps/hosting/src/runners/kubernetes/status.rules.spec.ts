import type { V1ContainerState, V1ContainerStatus, V1Deployment, V1Pod } from '@kubernetes/client-node';
import { logsOf, outputOf } from './output.rules';
import { refusalOf, standingOf, statusOf } from './status.rules';

const ingress = [{ host: '192.0.2.1', port: 80 }];
const nothing: V1Deployment = {};
const now = new Date('2026-01-01T00:01:00Z');

const container = (name: string, more: Partial<V1ContainerStatus>): V1ContainerStatus => ({
  ...{ name, image: `registry.test/${name}`, imageID: '', ready: false, restartCount: 0 },
  ...more,
});
const ended = (exitCode: number, reason = 'Error'): V1ContainerState => ({
  terminated: { exitCode, reason },
});
const waits = (reason: string, message?: string): V1ContainerState => ({ waiting: { reason, message } });
const podOf = (
  program: Partial<V1ContainerStatus>,
  fetcher: Partial<V1ContainerStatus> = { state: ended(0, 'Completed') },
): V1Pod => ({
  metadata: { name: 'p', namespace: 'n' },
  status: {
    initContainerStatuses: [container('content', fetcher)],
    containerStatuses: [container('program', program)],
  },
});
const running = podOf({ ready: true, state: { running: {} } });
const crashing = podOf({
  restartCount: 3,
  state: waits('CrashLoopBackOff'),
  lastState: ended(7),
});
const unready = podOf({ state: { running: {} } });

it('is ready when all replicas are, and is led to where the ingress listens', () => {
  expect(statusOf({ now, replicas: 2, deployment: nothing, pods: [running, running], ingress })).toEqual({
    ...{ ready: 2, endpoints: ingress, waitsFor: null, failure: null },
  });
});

it('is led to as soon as one answers, and says what it waits for', () => {
  const status = statusOf({ now, replicas: 2, deployment: nothing, pods: [running, unready], ingress });
  expect(status).toEqual({
    ...{ ready: 1, endpoints: ingress, failure: null },
    waitsFor: '1 of 2 replicas answer: it does not answer',
  });
});

it('is led to nowhere while none is there', () => {
  expect(statusOf({ now, replicas: 1, deployment: nothing, pods: [], ingress })).toEqual({
    ...{ ready: 0, endpoints: [], failure: null },
    waitsFor: '0 of 1 replicas answer: its pods are made',
  });
});

it('does not count a pod that goes', () => {
  const going = { ...running, metadata: { ...running.metadata, deletionTimestamp: new Date() } };
  expect(statusOf({ now, replicas: 1, deployment: nothing, pods: [going], ingress }).ready).toBe(0);
  expect(standingOf(going).isReady).toBe(false);
});

it.each([
  ['ends again and again', crashing, 'its program ended with exit code 7'],
  ['has just ended', podOf({ state: ended(1) }), 'its program ended with exit code 1'],
  [
    'took too much memory',
    podOf({ state: waits('CrashLoopBackOff'), lastState: ended(137, 'OOMKilled') }),
    'its program needed more than its memory',
  ],
  [
    'was killed',
    podOf({ state: { running: {} }, lastState: ended(137) }),
    'its program was killed, perhaps for want of memory',
  ],
  [
    'has no image',
    podOf({ state: waits('PodInitializing') }, { state: waits('ImagePullBackOff', 'not found') }),
    'the cluster has no image registry.test/content: not found',
  ],
  [
    'cannot be made',
    podOf({ state: waits('CreateContainerConfigError', 'secret "r" not found') }),
    'its container cannot be made: secret "r" not found',
  ],
])('fails when it %s', (_, pod, failure) => {
  expect(standingOf(pod)).toEqual({ isReady: false, failure, waitsFor: failure });
});

it('has not failed once it answers again', () => {
  const back = podOf({ ready: true, restartCount: 1, state: { running: {} }, lastState: ended(137) });
  expect(standingOf(back)).toEqual({ isReady: true, failure: null, waitsFor: null });
});

it('waits for its files, and for a machine', () => {
  const fetching = podOf({ state: waits('PodInitializing') }, { state: { running: {} } });
  expect(standingOf(fetching)).toMatchObject({ failure: null, waitsFor: 'its files are fetched' });
  const refetching = podOf(
    { state: waits('PodInitializing') },
    { state: waits('CrashLoopBackOff'), lastState: ended(1) },
  );
  expect(standingOf(refetching)).toMatchObject({
    failure: null,
    waitsFor: 'its files could not be fetched; tried again',
  });
  const unplaced: V1Pod = {
    status: { conditions: [{ type: 'PodScheduled', status: 'False', message: 'Insufficient memory' }] },
  };
  expect(standingOf(unplaced).waitsFor).toBe('no machine of the cluster takes it: Insufficient memory');
});

const refused = (message: string, madeAt = '2026-01-01T00:00:00Z'): V1Deployment => ({
  metadata: { creationTimestamp: new Date(madeAt) },
  status: { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }] },
});

it('fails for want of quota, not for what passes', () => {
  const quota = refused('pods "r" is forbidden: exceeded quota: nubo, requested: limits.memory=64Mi');
  expect(refusalOf(quota)).toBe(
    'the cluster has no room for it: exceeded quota: nubo, requested: limits.memory=64Mi',
  );
  expect(refusalOf(refused('error looking up service account x/default: not found'))).toBeNull();
  expect(statusOf({ now, replicas: 2, deployment: quota, pods: [running], ingress })).toMatchObject({
    ...{ ready: 1, failure: expect.stringContaining('exceeded quota') as string },
  });
});

it('waits for those that leave before it fails for want of quota', () => {
  const deployment = refused('exceeded quota: nubo', '2026-01-01T00:00:30Z');
  expect(statusOf({ now, replicas: 1, deployment, pods: [], ingress })).toMatchObject({
    ...{ failure: null, waitsFor: expect.stringContaining('exceeded quota: nubo') as string },
  });
});

it('reads what the program before wrote while the next one waits', () => {
  const [first, second] = logsOf([crashing, unready], 20);
  expect(first?.options).toEqual({ lines: 10, previous: true });
  expect(second?.options).toEqual({ lines: 10, previous: false });
});

it('keeps the lines of a replica together', () => {
  expect(outputOf(['one\n'])).toBe('one\n');
  expect(outputOf(['one\n', 'two\n'])).toBe('==> replica 1\none\n==> replica 2\ntwo\n');
  expect(outputOf([])).toBe('');
});
