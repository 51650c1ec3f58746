/** What stands of a revision, read from its Deployment and its pods. */
import type { V1ContainerStatus, V1Deployment, V1Pod } from '@kubernetes/client-node';
import type { Endpoint, RevisionStatus } from '../runner';
import { FETCHER, PROGRAM } from './pod.rules';

/** What a pod says of itself. */
export interface PodStanding {
  isReady: boolean;
  /** null: nothing. */
  waitsFor: string | null;
  failure: string | null;
}

const NO_IMAGE = ['ImagePullBackOff', 'ErrImagePull', 'ErrImageNeverPull', 'InvalidImageName'];
const NOT_MADE = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'];

export function standingOf(pod: V1Pod): PodStanding {
  const fetcher = containerOf(pod.status?.initContainerStatuses, FETCHER);
  const program = containerOf(pod.status?.containerStatuses, PROGRAM);
  const isReady = program?.ready === true && !pod.metadata?.deletionTimestamp;
  if (isReady) return { isReady, waitsFor: null, failure: null };
  const failure = failureOf(program) ?? cannotStart(program) ?? cannotStart(fetcher);
  return { isReady, failure, waitsFor: failure ?? waitOf(pod, fetcher, program) };
}

const containerOf = (all: V1ContainerStatus[] | undefined, name: string): V1ContainerStatus | undefined =>
  all?.find((one) => one.name === name);

/** Its program has ended: Kubernetes starts it again and again, after ever longer pauses. */
function failureOf(program?: V1ContainerStatus): string | null {
  const ended = program?.state?.terminated ?? program?.lastState?.terminated;
  if (!ended) return null;
  if (ended.reason === 'OOMKilled') return 'its program needed more than its memory';
  if (ended.reason === 'StartError' || ended.reason === 'ContainerCannotRun')
    return `its program could not be started: ${ended.message ?? ended.reason}`;
  return ended.exitCode === 137
    ? 'its program was killed, perhaps for want of memory'
    : `its program ended with exit code ${ended.exitCode}`;
}

function cannotStart(container?: V1ContainerStatus): string | null {
  const { reason = '', message = '' } = container?.state?.waiting ?? {};
  if (NO_IMAGE.includes(reason)) return `the cluster has no image ${container?.image}: ${message || reason}`;
  return NOT_MADE.includes(reason) ? `its container cannot be made: ${message || reason}` : null;
}

function waitOf({ status }: V1Pod, fetcher?: V1ContainerStatus, program?: V1ContainerStatus): string {
  const unplaced = status?.conditions?.find(
    ({ type, status: is }) => type === 'PodScheduled' && is === 'False',
  );
  if (unplaced) return `no machine of the cluster takes it: ${unplaced.message ?? unplaced.reason}`;
  const cut = fetcher?.lastState?.terminated ?? fetcher?.state?.terminated;
  if (cut && cut.exitCode !== 0) return 'its files could not be fetched; tried again';
  if (fetcher?.state?.running) return 'its files are fetched';
  return program?.state?.running ? 'it does not answer' : 'its container is made';
}

/** Pods that leave count until they are gone, and the cluster tries again after ever longer pauses. */
const PATIENCE_MS = 45_000;

/** Why the cluster makes no pods: a bound of the namespace. */
export function refusalOf(deployment: V1Deployment): string | null {
  const conditions = deployment.status?.conditions ?? [];
  const refused = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  const [, why] =
    /(exceeded quota: .*|(?:maximum|minimum) .* usage per .*)/.exec(refused?.message ?? '') ?? [];
  return why ? `the cluster has no room for it: ${why}` : null;
}

export interface Standing {
  now: Date;
  replicas: number;
  deployment: V1Deployment;
  pods: V1Pod[];
  /** Where the ingress listens. */
  ingress: Endpoint[];
}

/** All of a revision's replicas together. */
export function statusOf({ now, replicas, deployment, pods, ingress }: Standing): RevisionStatus {
  const standings = pods.filter(({ metadata }) => !metadata?.deletionTimestamp).map(standingOf);
  const ready = standings.filter(({ isReady }) => isReady).length;
  const refusal = refusalOf(deployment);
  const sinceMs = now.getTime() - (deployment.metadata?.creationTimestamp ?? now).getTime();
  const failure =
    standings.find((one) => one.failure !== null)?.failure ?? (sinceMs > PATIENCE_MS ? refusal : null);
  const endpoints = ready > 0 ? ingress : [];
  if (ready >= replicas) return { ready, endpoints, waitsFor: null, failure: null };
  const late = standings.find(({ isReady }) => !isReady)?.waitsFor;
  const why = failure ?? refusal ?? late ?? 'its pods are made';
  return { ready, endpoints, failure, waitsFor: `${ready} of ${replicas} replicas answer: ${why}` };
}
