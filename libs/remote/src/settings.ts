import { type HostName } from './remote-error';

export interface HostTarget {
  id: string;
  /** IP address or name. */
  address: string;
  /** Default 22. */
  port?: number;
  user: string;
  /** Pinned at enrolment: `SHA256:…`. */
  hostKey: string;
  /** Run commands through `sudo -n`: for a user that is not root. Sockets are opened as the user all the same. */
  sudo?: boolean;
}

export function nameOf(target: HostTarget): HostName {
  return { id: target.id, label: `${target.address}:${target.port ?? 22}` };
}

export interface CommandRecord {
  /** The target's id. */
  host: string;
  /** The command's text, at most 500 characters; never what went in on stdin. */
  command: string;
  /** From the call to its end, waiting for a connection and a channel included. */
  ms: number;
  /** Exit status; undefined when there was none. */
  code?: number;
  bytesIn: number;
  bytesOut: number;
  error?: Error;
}

export interface RemoteLimits {
  /** Commands at a time per host; sshd's own limit is 10 sessions per connection (MaxSessions). */
  commands: number;
  /** Sockets open at a time per host; sshd does not count these. */
  sockets: number;
  connectTimeoutMs: number;
  commandTimeoutMs: number;
  keepaliveMs: number;
  /** Unanswered keepalives until the connection counts as dead. */
  keepaliveCount: number;
  /** An unused connection is closed after this time. */
  idleMs: number;
  /** Waits between tries to reach a host that did not answer. */
  backoffMinMs: number;
  backoffMaxMs: number;
  /** Most bytes of stdout and stderr together. */
  maxOutput: number;
  /** On the host. */
  fenceFolder: string;
}

export const DEFAULT_LIMITS: RemoteLimits = {
  commands: 8,
  sockets: 8,
  connectTimeoutMs: 10_000,
  commandTimeoutMs: 30_000,
  keepaliveMs: 5_000,
  keepaliveCount: 2,
  idleMs: 60_000,
  backoffMinMs: 500,
  backoffMaxMs: 30_000,
  maxOutput: 16 * 1024 * 1024,
  fenceFolder: '/var/lib/nubo/fence',
};

export interface HostSettings {
  /** Unencrypted OpenSSH private key, PEM. */
  privateKey: string;
  onCommand?: (record: CommandRecord) => void;
  limits: RemoteLimits;
}
