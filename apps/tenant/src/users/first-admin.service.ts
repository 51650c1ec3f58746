import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { serviceContext, unavailable } from '@nubo/contracts';
import { log, Readiness } from '@nubo/observability';
import { Database, Intentions } from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { User } from '../../../../libs/entities/src/tenant';
import { PasswordsService } from '../credentials/passwords.service';
import { emailKeyOf } from '../sessions/sessions.rules';
import { TenantConfig } from '../tenant.config';
import { userNameOf } from './users.rules';

const RETRY_MS = 1_000;

/** Makes the first administrator where there is none, once, however many replicas start at the same time. */
@Injectable()
export class FirstAdminService implements OnApplicationBootstrap, OnApplicationShutdown {
  private stopped = false;
  private made = false;

  constructor(
    private readonly database: Database,
    private readonly intentions: Intentions,
    private readonly passwords: PasswordsService,
    private readonly config: TenantConfig,
    readiness: Readiness,
  ) {
    readiness.register('administrator', () => {
      if (!this.made) throw unavailable('no_administrator', 'The first administrator has not been made yet.');
    });
  }

  onApplicationBootstrap(): void {
    void this.untilMade();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
  }

  /** Safe to repeat. */
  async ensure(): Promise<void> {
    if (await this.intentions.read(hasAdmin)) return;
    const passwordHash = await this.passwords.hash(this.config.adminPassword);
    await this.intentions.apply(serviceContext('tenant', 'first-admin'), async ({ em }) => {
      await em.query("SELECT pg_advisory_xact_lock(hashtext('nubo-first-admin'))");
      if (await hasAdmin(em)) return;
      await em.insert(User, firstAdmin(this.config.adminEmail, passwordHash));
      log.info('the first administrator was made and must change the password');
    });
  }

  private async untilMade(): Promise<void> {
    await this.database.ready();
    while (!this.stopped) {
      try {
        await this.ensure();
        this.made = true;
        return;
      } catch (error) {
        log.warn({ err: error }, 'the first administrator could not be made, trying again');
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }
}

const hasAdmin = (em: EntityManager): Promise<boolean> => em.existsBy(User, { role: 'admin' });

function firstAdmin(email: string, passwordHash: string): Partial<User> {
  const id = randomUUID();
  return {
    id,
    name: userNameOf(email),
    tenantId: null,
    userId: id,
    state: 'active',
    email,
    emailKey: emailKeyOf(email),
    role: 'admin',
    passwordHash,
    mustChangePassword: true,
  };
}
