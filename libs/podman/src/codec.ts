// From libpod's JSON (podman 4.3) to our words, field by field.
import {
  type ContainerDetail,
  type ContainerEvent,
  type ContainerState,
  type ContainerStats,
  type ContainerSummary,
  type ImageInfo,
} from './types';

/** Only what is read of it; whatever podman adds is of no interest. */
export interface ListedContainer {
  Id: string;
  Names: string[];
  ImageID: string;
  State: string;
  Labels: Record<string, string> | null;
  ExitCode: number;
  /** Seconds since 1970; before it when there was none. */
  StartedAt: number;
  ExitedAt: number;
}

export interface InspectedContainer {
  Id: string;
  Name: string;
  Image: string;
  State: {
    Status: string;
    Pid: number;
    OOMKilled: boolean;
    ExitCode: number;
    Error: string;
    StartedAt: string;
    FinishedAt: string;
  };
  Config: { Labels: Record<string, string> | null };
}

export interface ListedStats {
  ContainerID: string;
  Name: string;
  CPUNano: number;
  MemUsage: number;
  MemLimit: number;
  PIDs: number;
  BlockInput: number;
  BlockOutput: number;
}

export interface ImageRecord {
  Id: string;
  RepoTags: string[] | null;
  Labels: Record<string, string> | null;
  Size: number;
}

export interface PodmanEvent {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> | null };
  timeNano: number;
}

const STATES: readonly string[] = [
  'created',
  'configured',
  'initialized',
  'running',
  'paused',
  'stopping',
  'stopped',
  'exited',
  'removing',
] satisfies ContainerState[];

const stateOf = (word: string): ContainerState =>
  STATES.includes(word) ? (word as ContainerState) : 'unknown';

/** Go's zero time is in the year 1: it means "never". */
function momentOf(value: number | string): Date | undefined {
  const at = new Date(typeof value === 'number' ? value * 1_000 : value);
  return at.getTime() > 0 ? at : undefined;
}

/** `sha256:<id>` of some answers is `<id>` of others. */
export const imageId = (id: string): string => id.replace(/^sha256:/, '');

export function summaryOf(listed: ListedContainer): ContainerSummary {
  return {
    id: listed.Id,
    name: listed.Names[0] ?? '',
    imageId: imageId(listed.ImageID),
    state: stateOf(listed.State),
    labels: listed.Labels ?? {},
    exitCode: listed.ExitCode,
    startedAt: momentOf(listed.StartedAt),
    exitedAt: momentOf(listed.ExitedAt),
  };
}

export function detailOf({ Id, Name, Image, State, Config }: InspectedContainer): ContainerDetail {
  return {
    id: Id,
    name: Name,
    imageId: imageId(Image),
    state: stateOf(State.Status),
    labels: Config.Labels ?? {},
    exitCode: State.ExitCode,
    startedAt: momentOf(State.StartedAt),
    exitedAt: momentOf(State.FinishedAt),
    pid: State.Pid > 0 ? State.Pid : undefined,
    oomKilled: State.OOMKilled,
    error: State.Error || undefined,
  };
}

export function statsOf(listed: ListedStats): ContainerStats {
  return {
    id: listed.ContainerID,
    name: listed.Name,
    cpuNs: BigInt(listed.CPUNano),
    memoryBytes: listed.MemUsage,
    memoryLimitBytes: listed.MemLimit,
    pids: listed.PIDs,
    diskReadBytes: listed.BlockInput,
    diskWrittenBytes: listed.BlockOutput,
  };
}

export function imageOf({ Id, RepoTags, Labels, Size }: ImageRecord): ImageInfo {
  return { id: imageId(Id), names: RepoTags ?? [], labels: Labels ?? {}, sizeBytes: Size };
}

const OURS = new Set(['containerExitCode', 'image', 'name', 'podId']);

/** Undefined for what is not about a container. */
export function eventOf({ Type, Action, Actor, timeNano }: PodmanEvent): ContainerEvent | undefined {
  if (Type !== 'container') return undefined;
  const attributes = Actor.Attributes ?? {};
  return {
    action: Action,
    id: Actor.ID,
    name: attributes.name ?? '',
    exitCode: Action === 'died' ? Number(attributes.containerExitCode) : undefined,
    labels: Object.fromEntries(Object.entries(attributes).filter(([key]) => !OURS.has(key))),
    at: new Date(timeNano / 1e6),
  };
}
