import type { Api } from '../client/api';
import type { Fetched } from '../client/answers';
import type { ListQuery } from '../client/pages';
import type { Resource } from '../client/views';
import type { Column } from '../output/columns';

export interface ChangeQuery {
  dryRun?: boolean;
}

/** A kind of thing that has a list: what all its commands have in common. */
export interface Noun<V extends Resource> {
  /** In sentences: `VM`. */
  readonly word: string;
  /** On the command line: `vm`. */
  readonly command: string;
  /** The field that people name it by. */
  readonly namedBy: 'name' | 'email';
  readonly columns: readonly Column<V>[];
  list(api: Api, query: ListQuery): Promise<Fetched<V[]>>;
  get(api: Api, id: string): Promise<Fetched<V>>;
}

export interface RemovableNoun<V extends Resource> extends Noun<V> {
  remove(api: Api, id: string, query: ChangeQuery): Promise<Fetched<V | undefined>>;
}

/** What people call it: its e-mail address or its name. */
export function labelOf<V extends Resource>(noun: Noun<V>, view: V): string {
  const { email } = view as { email?: string };
  return (noun.namedBy === 'email' ? email : undefined) ?? view.name;
}

export const titleOf = <V extends Resource>(noun: Noun<V>, view: V): string =>
  `${noun.word} ${labelOf(noun, view)}`;
