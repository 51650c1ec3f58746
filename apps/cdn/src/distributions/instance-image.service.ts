import { Injectable } from '@nestjs/common';
import { findPlatformImage, NuboError, serviceContext, type RequestContext } from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import type { Distribution } from '../../../../libs/entities/src/cdn';
import { INSTANCE_IMAGE } from './distributions.rules';

/** What instances are made from. */
@Injectable()
export class InstanceImage {
  constructor(private readonly bus: Bus) {}

  /** Why nothing can be made: the operator laid down no image of that kind. A compute that is away is no reason. */
  async lacking(ctx: RequestContext, kind: Distribution['runtime']): Promise<NuboError | undefined> {
    const asking = serviceContext('cdn', ctx.requestId);
    try {
      await this.bus.call(findPlatformImage, asking, { name: INSTANCE_IMAGE, kind });
    } catch (error) {
      if (error instanceof NuboError && error.code === 'no_platform_image') return error;
    }
    return undefined;
  }
}
