import type { TableState } from './actual';
import type { Table } from './plan';

/** The host has exactly this table. */
export function hasTable(state: TableState, table: Table): boolean {
  return state.is === 'intact' && state.digest === table.digest;
}
