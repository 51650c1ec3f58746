import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { secret } from '@nubo/config';
import { log } from '@nubo/observability';
import { Client } from 'pg';
import { Database, DatabaseDefinition } from './database';
import { Doorbell } from './doorbell';

type Channel = 'nubo_outbox' | 'nubo_work';
type Heard = () => void;
const RETRY_MS = 1_000;

/** LISTEN on a connection of its own. It only shortens waits: whoever listens also looks by itself every second. */
@Injectable()
export class Listener implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly heard = new Map<Channel, Heard>();
  private client?: Client;
  private stopped = false;
  private readonly bell = new Doorbell();

  constructor(
    private readonly database: Database,
    private readonly definition: DatabaseDefinition,
  ) {}

  /** Calls `heard` for every notification on `channel` that comes from the service's own schema. */
  on(channel: Channel, heard: Heard): void {
    this.heard.set(channel, heard);
  }

  onApplicationBootstrap(): void {
    void this.open();
  }

  /** Does not wait for the server's goodbye: it may hang. */
  beforeApplicationShutdown(): void {
    this.stopped = true;
    this.bell.ring();
    void this.client?.end().catch(() => undefined);
  }

  private async open(): Promise<void> {
    await this.database.ready();
    while (!this.stopped) {
      await this.listen().catch((error: unknown) =>
        log.debug({ err: error }, 'listener lost its connection'),
      );
      await this.bell.wait(RETRY_MS);
    }
  }

  private async listen(): Promise<void> {
    const client = new Client({
      connectionString: secret('DATABASE_URL'),
      connectionTimeoutMillis: 3_000,
      keepAlive: true,
      application_name: `nubo-${this.definition.own.schema}-listener`,
    });
    this.client = client;
    const ended = new Promise<void>((resolve) => {
      client.on('end', () => resolve());
      client.on('error', () => resolve());
    });
    client.on('notification', ({ channel, payload }) => {
      if (payload === this.definition.own.schema) this.heard.get(channel as Channel)?.();
    });
    try {
      await client.connect();
      for (const channel of this.heard.keys()) await client.query(`LISTEN ${channel}`);
      this.heard.forEach((heard) => heard());
      await ended;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
