import { Controller } from '@nestjs/common';
import { ReadTraffic, readTraffic, type RequestContext, type TrafficView } from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { TrafficService } from './traffic.service';

@Controller()
export class TrafficHandler {
  constructor(private readonly traffic: TrafficService) {}

  @Handles(readTraffic)
  read(ctx: RequestContext, input: ReadTraffic): Promise<TrafficView> {
    return this.traffic.read(ctx, input);
  }
}
