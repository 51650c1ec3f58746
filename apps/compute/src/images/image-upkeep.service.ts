import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { log } from '@nubo/observability';
import { Database } from '@nubo/persistence';
import { In } from 'typeorm';
import { Image } from '../../../../libs/entities/src/compute';
import { ImageStore } from './image-store.driver';

const EVERY_MS = 60 * 60_000;

/** Removes what nobody will ever finish: a process may be killed between making a file and seeing that its image is gone. */
@Injectable()
export class ImageUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly database: Database,
    private readonly store: ImageStore,
  ) {}

  onApplicationBootstrap(): void {
    void this.database.ready().then(() => this.look());
    this.timer = setInterval(() => void this.look(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Safe to repeat. Finished images stay, whatever the database says. */
  async look(): Promise<void> {
    try {
      for (const id of await this.orphans()) {
        log.info({ imageId: id }, 'removes what was left of an image that is gone');
        await this.store.dropDelivery(id);
        await this.store.tidy(id);
      }
    } catch (error) {
      log.debug({ err: error }, 'upkeep waits for the database');
    }
  }

  /** A row is there before the first file of its image: one that is not there now will not come. */
  private async orphans(): Promise<string[]> {
    const ids = await this.store.unfinished();
    const known = await this.database.manager.find(Image, { select: { id: true }, where: { id: In(ids) } });
    const wanted = new Set(known.map(({ id }) => id));
    return ids.filter((id) => !wanted.has(id));
  }
}
