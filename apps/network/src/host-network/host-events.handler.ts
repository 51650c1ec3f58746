import { Controller } from '@nestjs/common';
import { hostChanged, type HostEvent } from '@nubo/contracts';
import { OnEvent } from '@nubo/messaging';
import { HostWatch } from './host-watch.service';

@Controller()
export class HostEventsHandler {
  constructor(private readonly watch: HostWatch) {}

  @OnEvent(hostChanged)
  changed(event: HostEvent): Promise<void> {
    return this.watch.changed(event);
  }
}
