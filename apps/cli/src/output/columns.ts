export type Cell = string | number | boolean | null | undefined;

/** A column of a table of `V`. */
export interface Column<V> {
  readonly title: string;
  of(view: V): Cell;
  readonly align?: 'right';
  /** Never cut, however narrow the terminal. */
  readonly whole?: boolean;
  /** A resource's state: coloured. */
  readonly isState?: boolean;
}

export const column = <V>(
  title: string,
  of: (view: V) => Cell,
  rest: Omit<Column<V>, 'title' | 'of'> = {},
): Column<V> => ({
  title,
  of,
  ...rest,
});
