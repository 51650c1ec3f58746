import { Children, Text } from './fields';
import type { Page } from './resource';
import type { Type } from './type';

/** The page class of a view, for an operation's output. */
export function pageOf<T extends object>(view: Type<T>): Type<Page<T>> {
  class PageOf implements Page<T> {
    @Children(() => view, 1000) items!: T[];
    @Text({ optional: true, max: 500 }) next?: string;
  }
  Object.defineProperty(PageOf, 'name', { value: `${view.name}Page` });
  return PageOf;
}
