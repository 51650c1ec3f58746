import type { V1Pod } from '@kubernetes/client-node';
import { PROGRAM } from './pod.rules';

export interface WantedLog {
  pod: { namespace: string; name: string; container: string };
  /** `previous`: of the program before, which has ended. */
  options: { lines: number; previous: boolean };
}

/** Whose logs are read, and how much of each; all of one pod after the other's, oldest first. */
export function logsOf(pods: V1Pod[], lines: number): WantedLog[] {
  const each = Math.max(1, Math.floor(lines / Math.max(1, pods.length)));
  const ages = ({ metadata }: V1Pod): string =>
    `${metadata?.creationTimestamp?.toISOString()}${metadata?.name}`;
  return pods
    .toSorted((a, b) => (ages(a) < ages(b) ? -1 : 1))
    .map(({ metadata, status }) => {
      const { namespace = '', name = '' } = metadata ?? {};
      const program = status?.containerStatuses?.find((one) => one.name === PROGRAM);
      const previous = program?.state?.waiting !== undefined && (program.restartCount ?? 0) > 0;
      return { pod: { namespace, name, container: PROGRAM }, options: { lines: each, previous } };
    });
}

export function outputOf(texts: string[]): string {
  if (texts.length === 1) return texts[0] ?? '';
  return texts.map((text, n) => `==> replica ${n + 1}\n${text}`).join('');
}
