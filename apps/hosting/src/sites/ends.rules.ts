/** Bytes of a text that people are shown at most: quoted in JSON, one message on the bus holds it. */
export const MOST_SHOWN = 384 * 1024;

/** The last lines that fit; of a last line that is longer its end. */
export function endOf(text: string, mostBytes = MOST_SHOWN): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= mostBytes) return text;
  const end = bytes.subarray(-mostBytes);
  const line = end.indexOf('\n') + 1;
  return (line < end.length ? end.subarray(line) : end).toString();
}
