/** Shares are the same for every noun that has them: one declaration makes its three operations. */
import { Id, OneOf, Text } from './fields';
import { operation, type Operation } from './operation';
import { pageOf } from './page-of';
import { ById, Nothing, type Page } from './resource';

/** `use`: see, start, stop, make from, attach to. `manage`: change, delete, share; whoever made a resource has it. */
export const GRANT_LEVELS = ['use', 'manage'] as const;
export type GrantLevel = (typeof GRANT_LEVELS)[number];

export class Share extends ById {
  @Text({ min: 1, max: 254, description: 'A user’s id or exact e-mail.' }) user!: string;
  @OneOf(GRANT_LEVELS, {
    optional: true,
    description: 'Default: what the user has already, else `use`. Sharing again changes it.',
  })
  grant?: GrantLevel;
}

export class Unshare extends ById {
  @Id() userId!: string;
}

export class ShareView {
  @Id() userId!: string;
  @Text({ max: 254 }) email!: string;
  @OneOf(GRANT_LEVELS) grant!: GrantLevel;
}

export interface ShareOperations {
  /** Without whoever made the resource: that one's access is no share. */
  readonly list: Operation<ById, Page<ShareView>>;
  readonly create: Operation<Share, ShareView>;
  readonly remove: Operation<Unshare, Nothing>;
}

/** Declares the shares of a noun, `<service>.<nouns>`. */
export const shareOperations = (nouns: string): ShareOperations => ({
  list: operation(`${nouns}.shares.list`, ById, pageOf(ShareView)),
  create: operation(`${nouns}.shares.create`, Share, ShareView),
  remove: operation(`${nouns}.shares.delete`, Unshare, Nothing),
});
