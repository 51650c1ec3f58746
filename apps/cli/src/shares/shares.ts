import type { Api } from '../client/api';
import type { Fetched } from '../client/answers';
import type { Schemas } from '../client/views';
import type { ChangeQuery } from '../nouns/noun';
import { column, type Column } from '../output/columns';

export type Share = Schemas['ShareView'];

/** The shares of one kind of thing. */
export interface Shares {
  list(api: Api, id: string): Promise<Fetched<Share[]>>;
  add(api: Api, id: string, share: NewShare, query: ChangeQuery): Promise<Fetched<Share>>;
  remove(api: Api, id: string, userId: string, query: ChangeQuery): Promise<Fetched<unknown>>;
}

export type NewShare = Schemas['Share'];

export const shareColumns: readonly Column<Share>[] = [
  column<Share>('USER', ({ userId }) => userId, { whole: true }),
  column<Share>('EMAIL', ({ email }) => email, { whole: true }),
  column<Share>('GRANT', ({ grant }) => grant),
];
