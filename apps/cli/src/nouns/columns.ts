/** Columns that several nouns share. */
import { column, type Column } from '../output/columns';

interface Common {
  id: string;
  name: string;
  state: string;
  createdAt: string;
}

/** The whole id: it is what other programs are given. */
export const id: Column<Pick<Common, 'id'>> = column('ID', (view) => view.id, { whole: true });
export const named: Column<Pick<Common, 'name'>> = column('NAME', (view) => view.name);
export const state: Column<Pick<Common, 'state'>> = column('STATE', (view) => view.state, {
  whole: true,
  isState: true,
});

/** `2026-05-04 10:00`, UTC. */
export const created: Column<Pick<Common, 'createdAt'>> = column(
  'CREATED',
  (view) => minute(view.createdAt),
  { whole: true },
);

/** An ISO 8601 time to the minute, as people read it. */
export const minute = (time: string): string => time.slice(0, 16).replace('T', ' ');

/** The same to the second. */
export const second = (time: string): string => time.slice(0, 19).replace('T', ' ');

/** Bytes as people read them. */
export function bytes(count: number | null | undefined): string | null {
  if (count === null || count === undefined) return null;
  const steps = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(Math.floor(Math.log2(Math.max(count, 1)) / 10), steps.length - 1);
  const value = count / 1_024 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${steps[step]}`;
}
