import { operation, type Operation, type OperationOptions } from './operation';
import { pageOf } from './page-of';
import { ListInput, type Page } from './resource';
import type { Type } from './type';

/** What kind of value a field of a list holds. `texts` is a list of texts, `labels` the metadata: `metadata.<key>`. */
export type FilterKind = 'text' | 'uuid' | 'int' | 'time' | 'flag' | 'ip' | 'texts' | 'labels';

/** The fields that `?query=` of a list may name, as the view shows them. */
export type FilterFields = Readonly<Record<string, FilterKind>>;

/** What every resource can be found by. Not by its stateReason: some views hide that. */
export const RESOURCE_FIELDS = {
  id: 'uuid',
  name: 'text',
  tenantId: 'uuid',
  metadata: 'labels',
  version: 'int',
  state: 'text',
  createdAt: 'time',
  updatedAt: 'time',
} as const satisfies FilterFields;

/** What can be asked of a list. */
export interface ListFilter<F extends FilterFields = FilterFields> {
  readonly fields: F;
  /** Fields that are shown to administrators only: for others there are none of these names. */
  readonly adminOnly: readonly (keyof F & string)[];
}

export interface ListOperation<
  V extends object,
  F extends FilterFields = FilterFields,
  I extends ListInput = ListInput,
> extends Operation<I, Page<V>> {
  readonly filter: ListFilter<F>;
}

export interface ListOptions<F extends FilterFields, I extends ListInput> extends OperationOptions {
  /** Where the list takes more than paging and a query. */
  input?: Type<I>;
  adminOnly?: readonly (keyof F & string)[];
}

/** Declares a list with what it can be filtered by; pages of `view` are its output. */
export function listOperation<
  V extends object,
  const F extends FilterFields,
  I extends ListInput = ListInput,
>(subject: string, view: Type<V>, fields: F, options: ListOptions<F, I> = {}): ListOperation<V, F, I> {
  const { input = ListInput as Type<I>, adminOnly = [], ...rest } = options;
  return Object.assign(operation(subject, input, pageOf(view), rest), { filter: { fields, adminOnly } });
}

/** What can be asked of an operation that is a list. */
export function filterOf(op: Operation<object, object>): ListFilter | undefined {
  return (op as Partial<ListOperation<object>>).filter;
}
