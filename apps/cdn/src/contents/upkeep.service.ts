import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { log } from '@nubo/observability';
import { Intentions } from '@nubo/persistence';
import { CdnTraffic } from '../../../../libs/entities/src/cdn';
import { LessThan } from 'typeorm';
import { ContentStore } from './content-store.driver';
import { Contents, NOT_RELEASED } from './contents.store';

const EVERY_MS = 600_000;
const TRAFFIC_KEPT_MS = 86_400_000;

/** Contents that no release has, and what only they consisted of. */
const FORGET = `DELETE FROM contents c WHERE expires_at < now() AND ${NOT_RELEASED}`;

/** What is looked at from time to time: contents that nobody needs, and figures that are old. */
@Injectable()
export class ContentUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly intentions: Intentions,
    private readonly contents: Contents,
    private readonly store: ContentStore,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.quietly(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Safe to repeat. Throws when the database or the store is away. */
  async look(): Promise<void> {
    const minute = LessThan(new Date(Date.now() - TRAFFIC_KEPT_MS));
    await this.intentions.read(async (em) => {
      await em.query(FORGET);
      await em.delete(CdnTraffic, { minute });
    });
    const removed = await this.store.sweep(await this.contents.used());
    if (removed > 0) log.info({ removed }, 'removed content that no release has');
  }

  private async quietly(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      log.warn({ err: error }, 'contents could not be tidied; tried again later');
    }
  }
}
