import { Injectable } from '@nestjs/common';
import { limited, serviceContext, type NuboError } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { LessThan, type EntityManager } from 'typeorm';
import { HostingAttempt } from '../../../../libs/entities/src/hosting';
import { attemptKey, LIMITS, LONGEST_WINDOW_MS, type Counted } from './attempts.rules';

/** Counts in the database, so that limits hold across replicas and restarts. */
@Injectable()
export class Attempts {
  constructor(private readonly intentions: Intentions) {}

  /** Throws `limited` when one of the limits is reached. */
  assertAllowed(counted: Counted[]): Promise<void> {
    return this.intentions.read((em) => assertAllowed(em, counted));
  }

  /** Counts one more. Throws `limited` instead when that is too many: also of many that ask at once. */
  count(counted: Counted[]): Promise<void> {
    return this.settle(counted, async (em) => {
      await em.delete(HostingAttempt, { at: LessThan(new Date(Date.now() - LONGEST_WINDOW_MS)) });
      await em.insert(
        HostingAttempt,
        counted.map((one) => ({ key: attemptKey(one) })),
      );
    });
  }

  /** Begins to count the first from nothing. Throws `limited` when one of the limits was reached meanwhile. */
  clearFirst(counted: Counted[]): Promise<void> {
    return this.settle(counted, async (em) => {
      const [first] = counted;
      if (first) await em.delete(HostingAttempt, { key: attemptKey(first) });
    });
  }

  private async settle(counted: Counted[], work: (em: EntityManager) => Promise<void>): Promise<void> {
    await this.intentions.apply(serviceContext('hosting', 'attempts'), async ({ em }) => {
      for (const key of counted.map(attemptKey).sort()) await lockKey(em, key);
      await assertAllowed(em, counted);
      await work(em);
    });
  }
}

async function assertAllowed(em: EntityManager, counted: Counted[]): Promise<void> {
  for (const one of counted) {
    const seconds = await secondsToWait(em, one);
    if (seconds > 0) throw tooMany(seconds);
  }
}

/** 0 when allowed; else until the oldest of the last `max` attempts is out of the window. */
async function secondsToWait(em: EntityManager, counted: Counted): Promise<number> {
  const { max, windowMs } = LIMITS[counted.limit];
  const [row]: { wait: string }[] = await em.query(
    `SELECT ceil(extract(epoch FROM at - now()) + $2::float8 / 1000) AS wait FROM attempts
     WHERE key = $1 AND at > now() - $2::float8 * interval '1 millisecond' ORDER BY at DESC OFFSET $3 LIMIT 1`,
    [attemptKey(counted), windowMs, max - 1],
  );
  return row ? Math.max(1, Number(row.wait)) : 0;
}

/** Until the end of the transaction nobody else works on `key`. */
async function lockKey(em: EntityManager, key: string): Promise<void> {
  await em.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`hosting.attempts:${key}`]);
}

const tooMany = (seconds: number): NuboError =>
  limited('too_many_attempts', `Too many attempts; try again in ${seconds} s.`, {
    retryAfterSeconds: seconds,
  });
