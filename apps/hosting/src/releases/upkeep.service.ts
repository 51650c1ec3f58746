import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { log } from '@nubo/observability';
import { Intentions } from '@nubo/persistence';
import { Drafts } from '../sites/drafts.driver';
import { VisitLogs } from '../sites/visit-logs.driver';
import { Blobs } from './blobs.driver';
import { LostSessions } from './lost-sessions.service';

const EVERY_MS = 600_000;
const OFTEN_MS = 60_000;

/** What nobody needs any more: contents that no release has, names that are free, sessions that died, old logs. */
@Injectable()
export class Upkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly intentions: Intentions,
    private readonly blobs: Blobs,
    private readonly logs: VisitLogs,
    private readonly drafts: Drafts,
    private readonly sessions: LostSessions,
  ) {}

  onApplicationBootstrap(): void {
    this.timers = [
      setInterval(() => void this.quietly(() => this.look()), EVERY_MS).unref(),
      setInterval(() => void this.quietly(() => this.lookAtLogs()), OFTEN_MS).unref(),
      setInterval(() => void this.quietly(() => this.sessions.look()), OFTEN_MS).unref(),
    ];
  }

  onApplicationShutdown(): void {
    this.timers.forEach((timer) => clearInterval(timer));
  }

  /** Safe to repeat. */
  async look(): Promise<void> {
    await this.intentions.read(async (em) => {
      await em.query('DELETE FROM project_names WHERE project_id IS NULL AND free_at <= now()');
      await em.query(`DELETE FROM sftp_sessions WHERE lost AND seen_at < now() - interval '1 hour'`);
    });
    await this.drafts.sweep();
    const removed = await this.blobs.sweep();
    if (removed > 0) log.info({ removed }, 'removed content that no release has');
  }

  /** Replicas see the same folder: one looks, the others go by. */
  async lookAtLogs(): Promise<void> {
    await this.intentions.apply(serviceContext('hosting', 'logs'), async ({ em }) => {
      const sql = `SELECT pg_try_advisory_xact_lock(hashtextextended('hosting.logs', 0)) AS free`;
      const [row]: { free: boolean }[] = await em.query(sql);
      if (row?.free) await this.logs.rotate();
    });
  }

  private async quietly(look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch (error) {
      log.warn({ err: error }, 'sites could not be tidied; tried again later');
    }
  }
}
