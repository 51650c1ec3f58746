import type { ContainerState, CreateContainer, FieldError, RestartPolicy } from '@nubo/contracts';
import { nicErrors } from '../instances/instances.rules';

type Wanted = 'running' | 'stopped';

/** How long what runs in it may take to end before it is killed, seconds. */
export const STOP_S = 10;

/** How long each transition may take. */
export const DEADLINES = {
  create: 180_000,
  start: 60_000,
  stop: STOP_S * 1_000 + 60_000,
  delete: 120_000,
};

/** What may be asked of a container in each state. What failed may be asked for again. */
const ASKABLE: Record<ContainerState, readonly Wanted[]> = {
  creating: ['running'],
  starting: ['running', 'stopped'],
  running: ['running', 'stopped'],
  stopping: ['running', 'stopped'],
  stopped: ['running', 'stopped'],
  error: ['running', 'stopped'],
  deleting: [],
};

export const mayAsk = (state: ContainerState, wanted: Wanted): boolean => ASKABLE[state].includes(wanted);

/** MiB, percent of one CPU, processes. */
export const DEFAULT_LIMITS = { memory: 64, cpu: 100, pids: 256 };

/** execve(2): one string is at most 128 KiB, all of them together a quarter of the stack. */
const MAX_ENVIRONMENT = 131_072;

/** What is wrong with a wish beyond the shape of its fields. */
export function createErrors({ nics, command, env = {} }: CreateContainer): FieldError[] {
  const errors: FieldError[] = nicErrors(nics);
  if (command?.length === 0) errors.push({ field: 'command', message: 'must name a program' });
  const size = Object.entries(env).reduce(
    (sum, [name, value]) => sum + name.length + Buffer.byteLength(value),
    0,
  );
  if (size > MAX_ENVIRONMENT)
    errors.push({ field: 'env', message: `must not be longer than ${MAX_ENVIRONMENT} bytes` });
  return errors;
}

/** How many containers there can be on a host. */
export const SLOTS = 4_096;
/** Ids that Linux distributions, systemd and the likes leave alone (https://systemd.io/UIDS-GIDS), up to 2^31. */
const FIRST_ID = 0x70000000;
const IDS = 65_536;

/** The ids on the host of a container's users: no two containers of a host share one. */
export const idRange = (slot: number): { first: number; count: number } => ({
  first: FIRST_ID + slot * IDS,
  count: IDS,
});
/** How long it must run for its earlier failures to be forgotten. */
export const STEADY_MS = 60_000;
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;

/** How the last run of a container ended. */
interface End {
  at: Date;
  exitCode: number;
  outOfMemory: boolean;
}

/** Whether this end has not been noted yet. */
export const isNews = <E extends End>(row: { endedAt: Date | null }, ended: E | null): ended is E =>
  ended !== null && (row.endedAt === null || ended.at > row.endedAt);

/** When it is started again: after 1 s, 2 s, 4 s … a minute; undefined: it is not. */
export function afterEnd(
  { restart, restarts }: { restart: RestartPolicy; restarts: number },
  { exitCode }: End,
  now: Date,
): { restarts: number; restartAt: Date } | undefined {
  if (restart === 'never' || (restart === 'on-failure' && exitCode === 0)) return undefined;
  const restMs = Math.min(FIRST_REST_MS * 2 ** Math.min(restarts, 10), LONGEST_REST_MS);
  return { restarts: restarts + 1, restartAt: new Date(now.getTime() + restMs) };
}

/** In a sentence. */
export const endText = ({ exitCode, outOfMemory }: End): string =>
  outOfMemory
    ? `It wanted more memory than it may have, and was killed (exit code ${exitCode}).`
    : `It ended with exit code ${exitCode}.`;
