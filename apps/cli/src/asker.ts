/** Somebody who can be asked for a line. Undefined at the end of the input. */
export interface Asker {
  /** Whether a person answers. */
  readonly isTerminal: boolean;
  /** A line that is neither shown nor remembered. */
  secret(prompt: string): Promise<string | undefined>;
  /** A line that is shown, and not remembered. */
  answer(prompt: string): Promise<string | undefined>;
}

/** Nobody: for programs that only look at the commands. */
export const nobody: Asker = {
  isTerminal: false,
  secret: async () => undefined,
  answer: async () => undefined,
};
