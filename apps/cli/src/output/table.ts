import Table from 'cli-table3';
import type { Cell, Column } from './columns';
import { safeText } from './safe-text';
import { stateColour, type Paint } from './paint';
import { fittingWidths } from './widths.rules';

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export interface TableStyle {
  /** Characters that fit beside each other; undefined when nobody looks at it on a terminal. */
  readonly width?: number;
  readonly paint: Paint;
}

const NOTHING = '-';

/** A cell as people read it. */
export function cellText(cell: Cell): string {
  if (cell === null || cell === undefined || cell === '') return NOTHING;
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return safeText(String(cell));
}

/** Rows under their titles, without lines between; cells that do not fit end in `…`. */
export function tableOf<V>(
  all: readonly Column<V>[],
  rows: readonly V[],
  { width, paint }: TableStyle,
): string {
  const columns = width === undefined ? all : fittingColumns(all, rows, width);
  const cells = rows.map((row) => columns.map((column) => cellText(column.of(row))));
  const widths = widthsOf(columns, cells, width);
  const table = new Table({
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: widths,
    colAligns: columns.map(({ align }) => align ?? 'left'),
    head: columns.map(({ title }) => paint.bold(title)),
  });
  table.push(
    ...cells.map((row) => row.map((text, i) => (columns[i].isState ? stateColour(text, paint) : text))),
  );
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Cut no shorter than this before a column gives way as a whole. */
const READABLE = 20;

/** Without the columns on the right for which there is no room; the first two and the state stay. */
function fittingColumns<V>(all: readonly Column<V>[], rows: readonly V[], room: number): Column<V>[] {
  const needed = (column: Column<V>): number => {
    const natural = Math.max(column.title.length, ...rows.map((row) => cellText(column.of(row)).length));
    return (column.whole ? natural : Math.min(natural, READABLE)) + 2;
  };
  const columns = [...all];
  while (columns.reduce((sum, column) => sum + needed(column), -2) > room) {
    const last = columns.findLastIndex(({ isState }, index) => index >= 2 && !isState);
    if (last < 0) break;
    columns.splice(last, 1);
  }
  return columns;
}

function widthsOf<V>(columns: readonly Column<V>[], cells: readonly string[][], room?: number): number[] {
  const natural = columns.map(({ title }, i) => Math.max(title.length, ...cells.map((row) => row[i].length)));
  if (room === undefined) return natural;
  return fittingWidths(
    natural,
    columns.map(({ whole }) => whole ?? false),
    room,
  );
}
