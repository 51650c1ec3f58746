import { log } from '@nubo/observability';
import type { Logger } from 'typeorm';

/** What TypeORM has to say, as lines of the process's log. Failed queries are told by whoever asked; parameters never. */
export class DatabaseLog implements Logger {
  logQuery(): void {}

  logQueryError(): void {}

  logQuerySlow(ms: number, query: string): void {
    log.warn({ ms, query }, 'slow query');
  }

  logSchemaBuild(): void {}

  logMigration(message: string): void {
    log.info(message);
  }

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    if (level === 'warn') log.warn(String(message));
    else log.debug(String(message));
  }
}
