import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { unavailable } from '@nubo/contracts';
import { log, Readiness } from '@nubo/observability';
import { DataSource, type EntityManager } from 'typeorm';
import type { SchemaDefinition } from '@nubo/schema';
import { migrateSchema } from './data-source';
import { Doorbell } from './doorbell';
import { assertOutside } from './transaction-scope';

const RETRY_MS = 500;

/** What the service's database consists of: its own schema, and those of the shared libs below it. */
export class DatabaseDefinition {
  constructor(
    readonly own: SchemaDefinition,
    readonly shared: SchemaDefinition[],
  ) {}
}

/** The service's connection pool. It waits for Postgres at the start, migrates, and comes back after an outage. */
@Injectable()
export class Database implements OnModuleInit, OnApplicationShutdown {
  private closing = false;
  private opened: Promise<void> = Promise.resolve();
  private readonly bell = new Doorbell();
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly source: DataSource,
    private readonly definition: DatabaseDefinition,
    readiness: Readiness,
  ) {
    readiness.register('database', () => this.ping());
  }

  onModuleInit(): void {
    this.opened = this.open();
  }

  /** TypeORM's module closes an open pool; one that is being opened is closed here. */
  async onApplicationShutdown(): Promise<void> {
    this.closing = true;
    this.bell.ring();
    await this.opened;
  }

  /** Resolves once the database was reached and migrated, or when the service stops before. */
  ready(): Promise<void> {
    return this.source.isInitialized || this.closing
      ? Promise.resolve()
      : new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Outside any transaction: throws TypeError inside one, `unavailable` before the first connection. */
  get manager(): EntityManager {
    assertOutside();
    if (this.source.isInitialized) return this.source.manager;
    throw unavailable('database_unavailable', 'The database does not answer; try again shortly.');
  }

  /** Answers when the database does. */
  async ping(): Promise<void> {
    await this.manager.query('SELECT 1');
  }

  private async open(): Promise<void> {
    const { own, shared } = this.definition;
    let first = true;
    while (!this.closing && !this.source.isInitialized) {
      try {
        for (const schema of [...shared, own]) await migrateSchema(schema);
        await this.source.initialize();
        if (this.closing) await this.source.destroy();
      } catch (error) {
        if (first) log.warn({ err: error }, 'database not ready, waiting');
        first = false;
        await this.bell.wait(RETRY_MS);
      }
    }
    this.waiting.splice(0).forEach((resolve) => resolve());
  }
}
