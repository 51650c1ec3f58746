import type { GrantLevel, RequestContext, ShareOperations } from '@nubo/contracts';
import type { AccessOptions, ResourceEntity } from '@nubo/persistence';
import type { EntityManager, EntityTarget } from 'typeorm';

/** Whose access became what, and who wanted it. */
export interface ShareChange {
  userId: string;
  /** null: it was taken back. */
  level: GrantLevel | null;
  by: RequestContext;
}

/** A kind of resource that can be shared: what the shares of all kinds have to know about it. */
export interface SharedNoun<R extends ResourceEntity = ResourceEntity> {
  /** As people read it: `VM`. */
  readonly noun: string;
  readonly entity: EntityTarget<R>;
  readonly operations: ShareOperations;
  /** Who has access besides its maker, its tenant's owner and those whom it is shared with. */
  readonly access?: Pick<AccessOptions<R>, 'isOpen' | 'within'>;
  /** Told in the transaction that gives or takes access to the resource `id`. */
  readonly changed?: (em: EntityManager, id: string, change: ShareChange) => Promise<void>;
}
