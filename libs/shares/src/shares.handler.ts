import { Controller } from '@nestjs/common';
import {
  ById,
  Share,
  Unshare,
  type Nothing,
  type Page,
  type RequestContext,
  type ShareView,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import type { ResourceEntity } from '@nubo/persistence';
import type { SharedNoun } from './shared-noun';
import { Shares } from './shares.service';

type ControllerClass = new (shares: Shares) => object;

/** The door of a noun's shares, for the `controllers` of its module. */
export function sharesHandler<R extends ResourceEntity>(shared: SharedNoun<R>): ControllerClass {
  const { list, create, remove } = shared.operations;

  @Controller()
  class SharesHandler {
    constructor(private readonly shares: Shares) {}

    @Handles(list) list(ctx: RequestContext, input: ById): Promise<Page<ShareView>> {
      return this.shares.list(shared, ctx, input);
    }

    @Handles(create) create(ctx: RequestContext, input: Share): Promise<ShareView> {
      return this.shares.create(shared, ctx, input);
    }

    @Handles(remove) remove(ctx: RequestContext, input: Unshare): Promise<Nothing> {
      return this.shares.remove(shared, ctx, input);
    }
  }
  return SharesHandler;
}
