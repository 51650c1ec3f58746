/** A guest writes whatever it likes to its console; whoever reads it has a terminal that obeys. */

/** Bytes of the log that are read at most: one message on the bus holds them, made harmless. */
export const CONSOLE_BYTES = 256 * 1024;

const ESC = String.fromCharCode(0x1b);
const BELL = String.fromCharCode(0x07);
/** ECMA-48, 8.3: what begins and ends a control sequence (colours, cursor) and a string (titles). They hold no text. */
const CSI = `(?:${ESC}\\[|\u009b)[0-?]*[ -/]*[@-~]`;
const STRING = `${ESC}[PX\\]^_][^${BELL}${ESC}\u009c]*(?:${BELL}|${ESC}\\\\|\u009c)`;
const SEQUENCES = new RegExp(`${CSI}|${STRING}`, 'g');
/** All that may move, hide or turn around what stands beside it, but line feeds and tabs. */
const CONTROLS = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/gu;

/** Tried once per run of returns: from each of them, a guest that writes nothing else would cost minutes. */
const LINE_ENDS = /(?<!\r)\r+\n/g;

/** The last `lines` lines of a console's log, as text that any terminal shows and none obeys. */
export function consoleText(log: string, lines: number): string {
  const whole = Buffer.byteLength(log) < CONSOLE_BYTES ? log : log.slice(log.indexOf('\n') + 1);
  const text = whole.replaceAll(SEQUENCES, '').replaceAll(LINE_ENDS, '\n').replaceAll(CONTROLS, caret);
  const all = text.split('\n');
  const ended = all.at(-1) === '';
  return all.slice(ended ? -lines - 1 : -lines).join('\n');
}

/** ASCII controls as `cat -v` shows them; of others that they were there. */
function caret(control: string): string {
  const code = control.charCodeAt(0);
  if (code === 0x7f) return '^?';
  return code < 0x20 ? `^${String.fromCharCode(code + 0x40)}` : '\ufffd';
}
