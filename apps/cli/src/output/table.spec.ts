import { column } from './columns';
import { paintFor } from './paint';
import { cellText, tableOf } from './table';
import { Written } from '../testing/test-runtime';

interface Row {
  id: string;
  name: string;
  note: string | null;
  state: string;
}

const columns = [
  column<Row>('ID', ({ id }) => id, { whole: true }),
  column<Row>('NAME', ({ name }) => name),
  column<Row>('NOTE', ({ note }) => note),
  column<Row>('STATE', ({ state }) => state, { whole: true, isState: true }),
];
const row: Row = { id: '3b1f8a52', name: 'web-1', note: 'a'.repeat(60), state: 'running' };
const terminal = Object.assign(new Written(), { isTTY: true });
const plain = paintFor(new Written(), {});

describe('a table', () => {
  it('lines up under its titles', () => {
    expect(tableOf(columns, [{ ...row, note: null }], { paint: plain })).toBe(
      'ID        NAME   NOTE  STATE\n3b1f8a52  web-1  -     running',
    );
  });

  it.each([200, 60, 40])('fits into a terminal of %i characters, and keeps ids whole', (width) => {
    const lines = tableOf(columns, [row], { width, paint: plain }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(lines[1]).toContain('3b1f8a52');
    expect(lines[1]).toContain('running');
  });

  it('cuts long texts, and leaves columns out before it makes them unreadable', () => {
    expect(tableOf(columns, [row], { width: 60, paint: plain })).toMatch(/web-1 {2}a{30,}… {2}running/);
    expect(tableOf(columns, [row], { width: 40, paint: plain })).toBe(
      'ID        NAME   STATE\n3b1f8a52  web-1  running',
    );
  });

  it('is not cut where nobody looks at it', () => {
    expect(tableOf(columns, [row], { paint: plain })).toContain('a'.repeat(60));
  });

  it('has colours on a terminal only, and not with NO_COLOR or a dumb one', () => {
    expect(tableOf(columns, [row], { paint: paintFor(terminal, {}) })).toContain(
      '\u001b[32mrunning\u001b[0m',
    );
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      expect(tableOf(columns, [row], { paint: paintFor(terminal, env) })).not.toContain('\u001b');
    }
    expect(tableOf(columns, [row], { paint: plain })).not.toContain('\u001b');
  });

  it('spells control characters out', () => {
    expect(cellText('a\u001b[2Jb\nc\u009bd\u202ee')).toBe('a\\u001b[2Jb\\u000ac\\u009bd\\u202ee');
  });

  it('is drawn with what it was given, also with line ends in a cell', () => {
    expect(tableOf(columns, [{ ...row, note: 'x\ny' }], { paint: plain }).split('\n')).toHaveLength(2);
  });
});
