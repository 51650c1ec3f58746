const GAP = 2;
const LEAST = 6;

/**
 * The widths of a table's columns so that they fit into `room` characters. The widest that may be cut give way first;
 * columns that are `whole`, and the last {@link LEAST} characters of each, stay.
 */
export function fittingWidths(natural: readonly number[], whole: readonly boolean[], room: number): number[] {
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
  while (total() > room) {
    const widest = widestOf(widths, whole);
    if (widest === undefined) break;
    widths[widest] -= 1;
  }
  return widths;
}

function widestOf(widths: readonly number[], whole: readonly boolean[]): number | undefined {
  const candidates = widths
    .map((width, index) => ({ width, index }))
    .filter(({ width, index }) => !whole[index] && width > LEAST);
  return candidates.sort((a, b) => b.width - a.width)[0]?.index;
}
