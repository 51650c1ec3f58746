import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { EventType } from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import { log } from '@nubo/observability';
import type { EntityManager } from 'typeorm';
import { Database } from './database';
import { Doorbell } from './doorbell';
import { Listener } from './listener';

/** Writes an event in the transaction that makes it true; the relay publishes it after commit. */
export async function emit<P extends object>(
  em: EntityManager,
  type: EventType<P>,
  payload: P,
): Promise<void> {
  await em.query('INSERT INTO outbox (id, subject, payload) VALUES ($1, $2, $3)', [
    randomUUID(),
    type.subject,
    JSON.stringify(payload),
  ]);
  await em.query(`SELECT pg_notify('nubo_outbox', current_schema())`);
}

const IDLE_MS = 1_000;
const BATCH = 100;

/**
 * Publishes committed events in order. A row leaves the table only after JetStream has stored it; one that is sent
 * twice is dropped there by its id. Replicas share the rows, so consumers must not rely on order between resources.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, OnApplicationShutdown {
  private stopped = false;
  private readonly bell = new Doorbell();

  constructor(
    private readonly database: Database,
    private readonly bus: Bus,
    listener: Listener,
  ) {
    listener.on('nubo_outbox', () => this.bell.ring());
  }

  onApplicationBootstrap(): void {
    void this.loop();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.bell.ring();
  }

  private async loop(): Promise<void> {
    await this.database.ready();
    while (!this.stopped) {
      const sent = await this.publishBatch().catch((error: unknown) => {
        log.debug({ err: error }, 'outbox waits');
        return 0;
      });
      if (sent < BATCH) await this.bell.wait(IDLE_MS);
    }
  }

  private publishBatch(): Promise<number> {
    return this.database.manager.transaction(async (em) => {
      const sql = `SELECT seq, id, subject, payload FROM outbox ORDER BY seq LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`;
      const rows: { seq: string; id: string; subject: string; payload: object }[] = await em.query(sql);
      for (const row of rows) await this.bus.publish(row.id, row.subject, row.payload);
      if (rows.length > 0)
        await em.query('DELETE FROM outbox WHERE seq = ANY($1)', [rows.map((row) => row.seq)]);
      return rows.length;
    });
  }
}
