import type { ContainerView } from '@nubo/contracts';
import type { Replica } from '../../../../../libs/entities/src/hosting';
import type { StockedFile } from '../../releases/tree.rules';
import type { Endpoint, Revision, RevisionStatus } from '../runner';

/** Where programs listen. */
export const PROGRAM_PORT = 8080;

/** The platform image of a template: `nubo-php-8-2`. */
export const imageOf = ({
  template,
  templateVersion,
}: Pick<Revision, 'template' | 'templateVersion'>): string =>
  `nubo-${template}-${templateVersion.replaceAll('.', '-')}`;

/** The folder of a revision's files, below `CONTENT_ROOT`. */
export const contentOf = (projectId: string, revisionId: string): string => `${projectId}/${revisionId}`;

/** RFC 1123: 63 characters at most. */
export function replicaName(
  { project, release }: Pick<Revision, 'project' | 'release'>,
  { number }: Pick<Replica, 'number'>,
): string {
  const tail = `-r${release}-${number}`;
  return `${`site-${project.name}`.slice(0, 63 - tail.length).replace(/-+$/, '')}${tail}`;
}

/** What is known of one replica. */
export interface ReplicaStatus {
  /** null: it does not answer. */
  endpoint: Endpoint | null;
  /** null: nothing. */
  waitsFor: string | null;
  failure: string | null;
}

type Standing = Pick<ContainerView, 'state' | 'stateReason' | 'exitCode' | 'restarts'>;

/** Why a container will not run as it is; null while it may. */
export function failureOf({ state, stateReason, exitCode, restarts }: Standing): string | null {
  if (state === 'error') return stateReason ?? 'its container failed';
  const hasEnded = exitCode !== null && (state !== 'running' || restarts > 0);
  if (!hasEnded) return null;
  return exitCode === 137
    ? 'its program was killed, perhaps for want of memory'
    : `its program ended with exit code ${exitCode}`;
}

/** All of a revision's replicas together. */
export function statusOf(all: ReplicaStatus[]): RevisionStatus {
  const endpoints = all.flatMap(({ endpoint }) => endpoint ?? []);
  const late = all.find(({ waitsFor }) => waitsFor !== null);
  const waitsFor = late ? `${endpoints.length} of ${all.length} replicas answer: ${late.waitsFor}` : null;
  const failure = all.find((one) => one.failure !== null)?.failure ?? null;
  return { ready: endpoints.length, endpoints, waitsFor, failure };
}

/** One entry of what is sent to a host. */
export type Sent = { path: string; size: number } | { path: string; sameAs: string };

/** The files of a release for a host that has those of `before`: what is there under whatever name is not sent again. */
export function sendingOf(files: StockedFile[], before: StockedFile[]): Sent[] {
  const there = new Map(before.map(({ sha256, path }) => [sha256, path]));
  return files.map(({ path, sha256, size }) => {
    const sameAs = there.get(sha256);
    return sameAs === undefined ? { path, size } : { path, sameAs };
  });
}
