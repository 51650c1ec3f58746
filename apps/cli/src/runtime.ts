import type { Readable, Writable } from 'node:stream';

export type Input = Readable & { isTTY?: boolean };
export type Terminal = Writable & { isTTY?: boolean; columns?: number };

/** What the program knows of the process it runs in: tests give their own. */
export interface Runtime {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly stdin: Input;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** Calls `listener` at Ctrl-C; answers how to stop that. */
  onInterrupt(listener: () => void): () => void;
}
