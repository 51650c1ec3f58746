import { type Child, launch, logTail, type ProcessSpec } from './child';
import { waitWhile } from './wait';

/** A server that runs by itself, without a supervisor. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process has exited. Safe to call twice. */
  stop(): Promise<void>;
  readonly exited: Promise<string>;
}

export interface PreparedServer {
  readonly spec: ProcessSpec;
  readonly url: string;
}

/** Throws with the end of the log when the process dies or is not ready after `timeoutMs`. */
export async function startServer(spec: ProcessSpec, url: string, timeoutMs = 30_000): Promise<Server> {
  const child = await launch(spec);
  try {
    await untilReady(spec, child, timeoutMs);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    url,
    pid: child.pid,
    exited: child.exited,
    kill: (signal) => child.signal(signal),
    stop: () => child.stop(),
  };
}

export async function untilReady(spec: ProcessSpec, child: Child, timeoutMs: number): Promise<void> {
  let exit: string | undefined;
  void child.exited.then((reason) => (exit = reason));
  const answer = await waitWhile(() => (exit ? undefined : spec.notReady(child.pid)), { timeoutMs });
  if (exit === undefined && answer === undefined) return;
  throw new Error(notStarted(spec, exit ?? `not ready after ${timeoutMs / 1000} s: ${answer}`));
}

/** Names the process, what it did, and where its log is. */
export function notStarted(spec: ProcessSpec, what: string): string {
  return `${spec.name} did not start: ${what}; log: ${spec.log}\n${logTail(spec.log)}`;
}
