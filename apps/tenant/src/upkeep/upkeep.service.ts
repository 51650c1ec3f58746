import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { forgetAudit } from '@nubo/audit';
import { log, quotaDrift } from '@nubo/observability';
import { Database } from '@nubo/persistence';
import { quotaDriftOf } from '@nubo/quota';
import { Gauge } from 'prom-client';
import { LessThan } from 'typeorm';
import { Mail, PasswordReset } from '../../../../libs/entities/src/tenant';
import { TenantConfig } from '../tenant.config';

const EVERY_MS = 30_000;

const mailsWaiting = new Gauge({ name: 'nubo_mails_waiting', help: 'Mails that no server has taken yet' });

/** What is looked at from time to time: figures for operators, and what nobody will ask for again. */
@Injectable()
export class UpkeepService implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly database: Database,
    private readonly config: TenantConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.look(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Safe to repeat; says nothing while the database is away. */
  async look(): Promise<void> {
    try {
      const em = this.database.manager;
      const drift = await quotaDriftOf(em);
      quotaDrift.set(drift);
      if (drift !== 0) log.error({ drift }, 'quota counters differ from the ledger');
      mailsWaiting.set(await em.count(Mail));
      await forgetAudit(em, this.config.auditDays);
      await em.delete(PasswordReset, { expiresAt: LessThan(new Date()) });
    } catch (error) {
      log.debug({ err: error }, 'upkeep waits for the database');
    }
  }
}
