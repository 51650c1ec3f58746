import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { log } from '@nubo/observability';
import { Database } from './database';
import { forgetKeys } from './intentions';

const EVERY_MS = 300_000;

/** Forgets, at the start and from time to time, the service's answers that nobody will ask for again. */
@Injectable()
export class KeysUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;

  constructor(private readonly database: Database) {}

  onApplicationBootstrap(): void {
    void this.database.ready().then(() => this.look());
    this.timer = setInterval(() => void this.look(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    try {
      await forgetKeys(this.database.manager);
    } catch (error) {
      log.debug({ err: error }, 'the upkeep of keys waits for the database');
    }
  }
}
