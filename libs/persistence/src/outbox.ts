import { randomUUID } from 'node:crypto';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
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

interface Stored {
  seq: string;
  id: string;
  subject: string;
  payload: object;
}

/**
 * Publishes the service's committed events in order, one replica at a time. A row leaves the table only after JetStream
 * has stored it; one that is sent twice is dropped there by its id.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stopped = false;
  private refused = false;
  private loopEnded: Promise<void> = Promise.resolve();
  private readonly bell = new Doorbell();

  constructor(
    private readonly database: Database,
    private readonly bus: Bus,
    listener: Listener,
  ) {
    listener.on('nubo_outbox', () => this.bell.ring());
  }

  onApplicationBootstrap(): void {
    void this.database.ready().then(() => this.bell.ring());
    this.loopEnded = this.loop();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.bell.ring();
    await this.loopEnded;
  }

  private async loop(): Promise<void> {
    while (!this.stopped) {
      const sent = await this.publishBatch().catch((error: unknown) => {
        log.debug({ err: error }, 'outbox waits');
        return 0;
      });
      if (sent < BATCH) await this.bell.wait(IDLE_MS);
    }
  }

  /** How many rows were published and deleted. What was published before the bus failed does not come again. */
  private async publishBatch(): Promise<number> {
    return this.database.manager.transaction(async (em) => {
      const [{ mine }]: { mine: boolean }[] = await em.query(
        `SELECT pg_try_advisory_xact_lock(hashtext('nubo_outbox'), hashtext(current_schema())) AS mine`,
      );
      if (!mine) return 0;
      const sql = `SELECT seq, id, subject, payload FROM outbox ORDER BY seq LIMIT ${BATCH}`;
      const sent = await this.publishAll(await em.query<Stored[]>(sql));
      if (sent.length > 0) await em.query('DELETE FROM outbox WHERE seq = ANY($1)', [sent]);
      return sent.length;
    });
  }

  /** Up to the first that the bus does not take. */
  private async publishAll(rows: Stored[]): Promise<string[]> {
    const sent: string[] = [];
    for (const row of rows) {
      if (this.stopped || !(await this.publish(row))) break;
      sent.push(row.seq);
    }
    return sent;
  }

  /** Told once, however long the bus refuses. */
  private async publish({ id, subject, payload }: Stored): Promise<boolean> {
    try {
      await this.bus.publish(id, subject, payload);
      this.refused = false;
      return true;
    } catch (error) {
      if (!this.refused) log.warn({ err: error, event: subject }, 'the bus does not take an event, it waits');
      this.refused = true;
      return false;
    }
  }
}
