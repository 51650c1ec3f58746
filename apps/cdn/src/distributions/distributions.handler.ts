import { Controller } from '@nestjs/common';
import {
  addSigningKey,
  ById,
  CreateDistribution,
  createDistribution,
  deleteDistribution,
  DistributionView,
  getDistribution,
  ListInput,
  listDistributions,
  PurgeDistribution,
  purgeDistribution,
  RemoveSigningKey,
  removeSigningKey,
  UpdateDistribution,
  updateDistribution,
  type Nothing,
  type Page,
  type RequestContext,
  type SigningKeyView,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { DistributionCreation } from './distribution-creation.service';
import { DistributionsService } from './distributions.service';
import { SigningKeys } from './signing-keys.service';

@Controller()
export class DistributionsHandler {
  constructor(
    private readonly creation: DistributionCreation,
    private readonly distributions: DistributionsService,
    private readonly keys: SigningKeys,
  ) {}

  @Handles(createDistribution)
  create(ctx: RequestContext, input: CreateDistribution): Promise<DistributionView> {
    return this.creation.create(ctx, input);
  }

  @Handles(listDistributions)
  list(ctx: RequestContext, input: ListInput): Promise<Page<DistributionView>> {
    return this.distributions.list(ctx, input);
  }

  @Handles(getDistribution)
  get(ctx: RequestContext, { id }: ById): Promise<DistributionView> {
    return this.distributions.get(ctx, id);
  }

  @Handles(updateDistribution)
  update(ctx: RequestContext, input: UpdateDistribution): Promise<DistributionView> {
    return this.distributions.update(ctx, input);
  }

  @Handles(purgeDistribution)
  purge(ctx: RequestContext, input: PurgeDistribution): Promise<DistributionView> {
    return this.distributions.purge(ctx, input);
  }

  @Handles(deleteDistribution)
  delete(ctx: RequestContext, input: ById): Promise<DistributionView> {
    return this.distributions.delete(ctx, input);
  }

  @Handles(addSigningKey)
  addKey(ctx: RequestContext, { id }: ById): Promise<SigningKeyView> {
    return this.keys.add(ctx, id);
  }

  @Handles(removeSigningKey)
  removeKey(ctx: RequestContext, input: RemoveSigningKey): Promise<Nothing> {
    return this.keys.remove(ctx, input);
  }
}
