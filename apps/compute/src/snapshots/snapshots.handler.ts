import { Controller } from '@nestjs/common';
import { SnapshotVm, snapshotVm, type ImageView, type RequestContext } from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { SnapshotsService } from './snapshots.service';

@Controller()
export class SnapshotsHandler {
  constructor(private readonly snapshots: SnapshotsService) {}

  @Handles(snapshotVm) create(ctx: RequestContext, input: SnapshotVm): Promise<ImageView> {
    return this.snapshots.create(ctx, input);
  }
}
