import { Id, Int, Name, OneOf, Text, TextList, Time } from './fields';
import { Metadata, type MetadataMap } from './metadata';
import type { Type } from './type';

/** The input of operations that name one resource. */
export class ById {
  @Id() id!: string;
}

/** The input of operations that name some. */
export class ByIds {
  @TextList(1_000, 36) ids!: string[];
}

/** Keyset paging: `after` is the cursor of the page before. `query` is in the filter language of libs/filter. */
export class ListInput {
  @Int(1, 1000, { optional: true, description: 'How many at most; default 100.' }) limit?: number;
  @Text({ optional: true, max: 500, description: 'The cursor from the Link header of the page before.' })
  after?: string;
  @Text({
    optional: true,
    max: 1000,
    description: 'Only what matches, e.g. name=web* state=running metadata.team=blue.',
  })
  query?: string;
}

/** One page; `next` is the cursor of the page that follows, absent on the last. */
export interface Page<T> {
  items: T[];
  next?: string;
}

export class Nothing {}

/** What every resource shows. `version` counts the user's own writes and is the ETag. */
export interface ResourceView<S extends string = string> {
  id: string;
  name: string;
  tenantId: string | null;
  metadata: MetadataMap;
  version: number;
  state: S;
  /** Why it is in this state, for a person. */
  stateReason: string | null;
  /** ISO 8601. */
  createdAt: string;
  updatedAt: string;
}

/** The base class of a resource's view, with the states that its noun knows. */
export function resourceView<S extends string>(states: readonly S[]): Type<ResourceView<S>> {
  class Resource implements ResourceView<S> {
    @Id() id!: string;
    @Name() name!: string;
    @Id({ nullable: true }) tenantId!: string | null;
    @Metadata() metadata!: MetadataMap;
    @Int(1, Number.MAX_SAFE_INTEGER) version!: number;
    @OneOf(states) state!: S;
    @Text({ nullable: true, max: 2000, description: 'Why it is in this state, for a person.' }) stateReason!:
      string | null;
    @Time() createdAt!: string;
    @Time() updatedAt!: string;
  }
  return Resource;
}
