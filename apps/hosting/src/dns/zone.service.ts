import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { log } from '@nubo/observability';
import { Zone } from './zone.driver';

const AGAIN_MS = 2_000;
const LOOK_MS = 300_000;

/** Keeps the zone of projects as it shall be, from boot on. */
@Injectable()
export class ZoneKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;
  private stopped = false;

  constructor(private readonly zone: Zone) {}

  onApplicationBootstrap(): void {
    if (this.zone.isKept) void this.look();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    let next = LOOK_MS;
    try {
      await this.zone.ensure();
    } catch (error) {
      next = AGAIN_MS;
      log.warn({ err: error }, 'the zone of projects could not be written; tried again soon');
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.look(), next).unref();
  }
}
