/** From podman's words to ours. */
import type { ContainerDetail, ContainerStats, ContainerSummary } from '@nubo/podman';
import type { Counters, Sample } from '../usage/usage.rules';
import type { FoundContainer, RuntimeState } from './containers.driver';

/** Whose a container is, and which port it is plugged into. */
export const LABELS = { id: 'nubo.id', port: 'nubo.port', platform: 'nubo.platform' };

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PREFIX = 'nubo-';

export const containerName = (containerId: string): string => `${PREFIX}${containerId}`;

/** The container whose name it is; undefined when it is none of ours. */
export function idIn(name: string): string | undefined {
  const id = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : '';
  return UUID.test(id) ? id : undefined;
}

/** The card of a port on its host, as network calls it. */
export const deviceOf = (portId: string): string => `np${portId.slice(0, 8)}`;

/** Whose a namespace is, as it is written down on its host: two platforms may share one. */
export const ownerText = (platformId: string, containerId: string): string => `${platformId} ${containerId}`;

/** The containers of this platform that namespaces were made for; lines as {@link ownerText} writes them. */
export function pluggedIn(lines: string, platformId: string): string[] {
  const owners = lines.split('\n').map((line) => line.split(' '));
  const ours = owners.filter(([platform, id = '']) => platform === platformId && UUID.test(id));
  return [...new Set(ours.map(([, id = '']) => id))];
}

type Known = Pick<ContainerSummary, 'state' | 'exitCode' | 'startedAt' | 'exitedAt'> &
  Partial<Pick<ContainerDetail, 'oomKilled'>>;

/** What podman has not run since its host booted is `created` or `configured` (podman 4.3). */
export function stateOf(found: Known | undefined): RuntimeState {
  if (!found) return { is: 'missing' };
  const { state, startedAt, exitedAt, exitCode, oomKilled = false } = found;
  if (state === 'running' || state === 'paused' || state === 'stopping')
    return { is: 'running', since: startedAt ?? new Date() };
  const hasEnded = (state === 'exited' || state === 'stopped') && startedAt && exitedAt;
  return { is: 'off', ended: hasEnded ? { at: exitedAt, exitCode, outOfMemory: oomKilled } : null };
}

/** Bytes that came in and went out, by device. */
export type Traffic = ReadonlyMap<string, { in: number; out: number }>;

/** Lines `<device> <in> <out>`. */
export function trafficIn(lines: string): Traffic {
  return new Map(
    lines
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((words) => words.length === 3)
      .map(([device = '', received, sent]) => [device, { in: Number(received), out: Number(sent) }]),
  );
}

/** What was read of all containers of a host. */
export interface HostCounters {
  /** By name. */
  stats: ReadonlyMap<string, ContainerStats>;
  traffic: Traffic;
}

/** A run of a container is named by when it began; its network is made anew for it. */
export function sampleOf(
  { name, labels, startedAt }: Pick<ContainerSummary, 'name' | 'labels' | 'startedAt'>,
  { stats, traffic }: HostCounters,
): Sample | undefined {
  const used = stats.get(name);
  if (!used || !startedAt) return undefined;
  const device = deviceOf(labels[LABELS.port] ?? '');
  const counters: Counters = {
    cpuSeconds: Number(used.cpuNs / 1_000n),
    diskReadBytes: used.diskReadBytes,
    diskWrittenBytes: used.diskWrittenBytes,
    ...trafficOf(traffic, device),
  };
  return { incarnation: startedAt.toISOString(), counters };
}

function trafficOf(traffic: Traffic, device: string): Counters {
  const counted = traffic.get(device);
  return counted ? { networkInBytes: counted.in, networkOutBytes: counted.out } : {};
}

/** What a list says of one of ours; nothing for a name that is not. */
export function foundOf(summary: ContainerSummary, counters: HostCounters): FoundContainer[] {
  const containerId = idIn(summary.name);
  if (!containerId) return [];
  const state = stateOf(summary);
  const sample = state.is === 'running' ? sampleOf(summary, counters) : undefined;
  return [{ containerId, state, ...(sample && { sample }) }];
}
