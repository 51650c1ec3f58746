import type { Runtime, Terminal } from '../runtime';

export interface Paint {
  bold(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
}

const plain = (text: string): string => text;
const sgr = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;

const COLOURLESS: Paint = { bold: plain, green: plain, yellow: plain, red: plain };
const COLOURED: Paint = { bold: sgr(1), green: sgr(32), yellow: sgr(33), red: sgr(31) };

/** Colours for a terminal, unless NO_COLOR (no-color.org) is set or the terminal is dumb. */
export function paintFor(stream: Terminal, env: Runtime['env']): Paint {
  return stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb' ? COLOURED : COLOURLESS;
}

const GOOD = new Set(['running', 'ready', 'active', 'serving', 'done']);
const BAD = new Set(['error', 'down', 'suspect', 'refused']);
const RESTING = new Set(['stopped', '-']);

/** A state in its colour: what is under way is yellow. */
export function stateColour(state: string, paint: Paint): string {
  if (GOOD.has(state)) return paint.green(state);
  if (BAD.has(state)) return paint.red(state);
  return RESTING.has(state) ? state : paint.yellow(state);
}
