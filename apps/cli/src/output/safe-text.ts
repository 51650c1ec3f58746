// C0 and C1 controls, DEL, and the marks that turn the direction of writing (Trojan Source).
const HARMFUL = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const HARMFUL_IN_LINES = /(?![\n\t])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const visible = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** One line in which every control character is spelt out: a terminal takes no orders from a name. */
export const safeText = (text: string): string => text.replace(HARMFUL, visible);

/** The same, keeping line ends and tabs: what a console said. Carriage returns at line ends are dropped. */
export const safeLines = (text: string): string =>
  text.replace(/\r+\n/g, '\n').replace(HARMFUL_IN_LINES, visible);

/** JSON for programs; what JSON leaves raw (DEL, C1) is escaped too, so that a terminal may show it. */
export const safeJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replace(/[\u007f-\u009f]/g, visible);
