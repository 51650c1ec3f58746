import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { log } from '@nubo/observability';
import { Intentions } from '@nubo/persistence';
import { Blobs } from './blobs.driver';

const EVERY_MS = 600_000;

/** What nobody needs any more: contents that no release has, names that are free, sessions that died. */
@Injectable()
export class Upkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly intentions: Intentions,
    private readonly blobs: Blobs,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.quietly(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Safe to repeat. */
  async look(): Promise<void> {
    await this.intentions.read(async (em) => {
      await em.query('DELETE FROM project_names WHERE project_id IS NULL AND free_at <= now()');
      await em.query(`DELETE FROM sftp_sessions WHERE seen_at < now() - interval '1 hour'`);
    });
    const removed = await this.blobs.sweep();
    if (removed > 0) log.info({ removed }, 'removed content that no release has');
  }

  private async quietly(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      log.warn({ err: error }, 'sites could not be tidied; tried again later');
    }
  }
}
