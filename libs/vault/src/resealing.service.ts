import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { log } from '@nubo/observability';
import { Database } from '@nubo/persistence';
import { Vault, type SealedColumn } from './vault';

const BATCH = 500;
const AGAIN_MS = 5_000;

export class SealedColumns {
  constructor(readonly all: readonly SealedColumn[]) {}
}

interface Stored {
  id: string;
  value: string;
}

/** At the start: seals what is not sealed yet, and what an earlier key has sealed, with the key of today. */
@Injectable()
export class Resealing implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly end = new AbortController();

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly columns: SealedColumns,
  ) {}

  onApplicationBootstrap(): void {
    void this.untilDone();
  }

  onApplicationShutdown(): void {
    this.end.abort();
  }

  /** Safe to repeat, and by several at once. Returns how many values it has sealed. */
  async run(): Promise<number> {
    let count = 0;
    for (const column of this.columns.all) count += await this.reseal(column);
    return count;
  }

  private async untilDone(): Promise<void> {
    await this.database.ready();
    while (!this.end.signal.aborted)
      try {
        const count = await this.run();
        if (count > 0) log.info({ count }, 'sealed variables with the key of today');
        return;
      } catch (error) {
        if (this.end.signal.aborted) return;
        log.warn({ err: error }, 'variables could not be sealed; tried again');
        await pause(AGAIN_MS, undefined, { signal: this.end.signal }).catch(() => undefined);
      }
  }

  /** A value that was written meanwhile is the newer one. */
  private async reseal(at: SealedColumn): Promise<number> {
    const { table, column } = at;
    const select = `SELECT id, ${column} AS value FROM ${table}
      WHERE id > $1 AND ${column} <> '{}' AND NOT starts_with(${column}, $2) ORDER BY id LIMIT ${BATCH}`;
    const update = `UPDATE ${table} SET ${column} = $3 WHERE id = $1 AND ${column} = $2`;
    let count = 0;
    for (let last = FIRST; ;) {
      const rows: Stored[] = await this.database.manager.query(select, [last, this.vault.prefix]);
      for (const { id, value } of rows) {
        const opened = this.opened(at, id, value);
        if (!opened) continue;
        await this.database.manager.query(update, [id, value, this.vault.seal(at, id, opened)]);
        count += 1;
      }
      if (rows.length < BATCH) return count;
      last = rows.at(-1)?.id ?? last;
    }
  }

  /** One that nobody can open does not hold up the others. */
  private opened(at: SealedColumn, id: string, value: string): Record<string, string> | undefined {
    try {
      return this.vault.open(at, id, value);
    } catch (error) {
      log.error(
        { err: error, resourceId: id, table: at.table },
        'variables that no key opens stay as they are',
      );
      return undefined;
    }
  }
}

/** Before all ids. */
const FIRST = '00000000-0000-0000-0000-000000000000';
