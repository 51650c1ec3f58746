/**
 * - `auth`: the host knows the user or key no more
 * - `host-key-changed`: the host showed another key than the pinned one; no credential was sent
 * - `unreachable`: no connection, or none is tried again yet
 * - `timeout`: the deadline passed; the command may still have had its effect
 * - `closed`: the connection or the channel ended before the command did; it may still have had its effect
 * - `exit`: the host answered with a refusal (`code`, `stderr`)
 * - `fenced`: a newer run has begun on this resource; nothing was done
 * - `aborted`: the caller's signal, or the pool was closed
 */
export type RemoteErrorKind =
  'auth' | 'host-key-changed' | 'unreachable' | 'timeout' | 'closed' | 'exit' | 'fenced' | 'aborted';

export interface RemoteErrorDetail {
  /** The command's exit status. */
  code?: number;
  /** The end of what the command said on stderr. */
  stderr?: string;
  cause?: unknown;
}

/** Whom an error is about: the id for programs, the label for people. */
export interface HostName {
  id: string;
  /** `address:port`. */
  label: string;
}

/** Something went wrong with a host. The message names the host, what was tried and what it answered. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  /** The target's id. */
  readonly host: string;
  readonly code?: number;
  readonly stderr?: string;

  constructor(
    readonly kind: RemoteErrorKind,
    readonly where: HostName,
    readonly what: string,
    detail: RemoteErrorDetail = {},
  ) {
    super(`host ${where.label}: ${what}`, { cause: detail.cause });
    this.host = where.id;
    this.code = detail.code;
    this.stderr = detail.stderr;
  }
}
