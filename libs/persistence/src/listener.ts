import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { secret } from '@nubo/config';
import { log } from '@nubo/observability';
import { Client } from 'pg';
import { Database, DatabaseDefinition } from './database';

type Channel = 'nubo_outbox' | 'nubo_work';
type Heard = () => void;
const RETRY_MS = 1_000;

/** LISTEN on a connection of its own. It only shortens waits: whoever listens also looks by itself every second. */
@Injectable()
export class Listener implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly heard = new Map<Channel, Heard>();
  private client?: Client;
  private stopped = false;

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

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.client?.end();
  }

  private async open(): Promise<void> {
    await this.database.ready();
    while (!this.stopped) {
      await this.listen().catch((error: unknown) =>
        log.debug({ err: error }, 'listener lost its connection'),
      );
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  private async listen(): Promise<void> {
    const client = new Client({
      connectionString: secret('DATABASE_URL'),
      connectionTimeoutMillis: 3_000,
      keepAlive: true,
    });
    this.client = client;
    const ended = new Promise<void>((resolve) => {
      client.on('end', () => resolve());
      client.on('error', () => resolve());
    });
    client.on('notification', ({ channel, payload }) => {
      if (payload === this.definition.own.schema) this.heard.get(channel as Channel)?.();
    });
    await client.connect();
    for (const channel of this.heard.keys()) await client.query(`LISTEN ${channel}`);
    await ended;
    await client.end().catch(() => undefined);
  }
}
