/** What a person sees: one line per step, with the time since the beginning. */
const began = Date.now();

export function say(text) {
  process.stderr.write(`[${elapsed()}] ${text}\n`);
}

/** A failure that is told in its message; no stack trace. */
export class Failure extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

function elapsed() {
  return `${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s`;
}
