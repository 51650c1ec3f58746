import { Controller } from '@nestjs/common';
import {
  ById,
  CreateMapping,
  createMapping,
  deleteMapping,
  discardMapping,
  EnsureMapping,
  ensureMapping,
  getMapping,
  ListInput,
  listMappings,
  MappingView,
  UpdateMapping,
  updateMapping,
  type Nothing,
  type Page,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { ManagedMappings } from './managed-mappings.service';
import { MappingsService } from './mappings.service';

@Controller()
export class MappingsHandler {
  constructor(
    private readonly mappings: MappingsService,
    private readonly managed: ManagedMappings,
  ) {}

  @Handles(createMapping)
  create(ctx: RequestContext, input: CreateMapping): Promise<MappingView> {
    return this.mappings.create(ctx, input);
  }

  @Handles(listMappings)
  list(ctx: RequestContext, input: ListInput): Promise<Page<MappingView>> {
    return this.mappings.list(ctx, input);
  }

  @Handles(getMapping)
  get(ctx: RequestContext, { id }: ById): Promise<MappingView> {
    return this.mappings.get(ctx, id);
  }

  @Handles(updateMapping)
  update(ctx: RequestContext, input: UpdateMapping): Promise<MappingView> {
    return this.mappings.update(ctx, input);
  }

  @Handles(deleteMapping)
  delete(ctx: RequestContext, input: ById): Promise<MappingView> {
    return this.mappings.delete(ctx, input);
  }

  @Handles(ensureMapping)
  ensure(ctx: RequestContext, input: EnsureMapping): Promise<MappingView> {
    return this.managed.ensure(ctx, input);
  }

  @Handles(discardMapping)
  discard(ctx: RequestContext, { id }: ById): Promise<Nothing> {
    return this.managed.discard(ctx, id);
  }
}
