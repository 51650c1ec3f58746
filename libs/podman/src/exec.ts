import { pathOf, type PodmanApi } from './api';
import { outputOf } from './frames';
import { type CallOptions, type ExecResult } from './types';

export interface ExecOptions extends CallOptions {
  /** `user`, `uid` or `uid:gid` inside; default: the container's. */
  user?: string;
  /** Most bytes of stdout and stderr together; default 1 MiB. PodmanClosed when it says more. */
  maxOutput?: number;
}

interface Run extends ExecOptions {
  timeoutMs: number;
  container: string;
  argv: readonly string[];
}

const MAX_OUTPUT = 1024 * 1024;
/** Of a frame's header, per frame of 8 KiB at most (conmon's buffer). */
const FRAMING = 1.1;

/** `POST exec` makes a session, `start` runs it and gives what it says, the session knows its status then. */
export async function runInside(api: PodmanApi, run: Run): Promise<ExecResult> {
  const { container, argv, user, timeoutMs, signal } = run;
  const limits = { timeoutMs, signal };
  const wish = { Cmd: argv, User: user, AttachStdout: true, AttachStderr: true };
  const made = pathOf(['containers', container, 'exec']);
  const { Id } = await api.json<{ Id: string }>({ method: 'POST', path: made, body: wish, ...limits });
  const start = { method: 'POST' as const, path: pathOf(['exec', Id, 'start']), ...limits };
  const maxBytes = Math.ceil((run.maxOutput ?? MAX_OUTPUT) * FRAMING);
  const { body } = await api.ask({ ...start, body: { Detach: false, Tty: false } }, maxBytes);
  const path = pathOf(['exec', Id, 'json']);
  const { ExitCode } = await api.json<{ ExitCode: number }>({ method: 'GET', path, ...limits });
  return { code: ExitCode, ...outputOf(body) };
}
