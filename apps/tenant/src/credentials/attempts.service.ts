import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { limited, serviceContext, type NuboError, type RequestContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { In, LessThan, type EntityManager } from 'typeorm';
import { Attempt } from '../../../../libs/entities/src/tenant';
import {
  attemptKey,
  LIMITS,
  loginPrefix,
  LONGEST_WINDOW_MS,
  slowDownMs,
  type Counted,
  type Limit,
} from './attempts.rules';

/** Counts in the database, so that limits hold across replicas and restarts. */
@Injectable()
export class AttemptsService {
  constructor(private readonly intentions: Intentions) {}

  /** Throws `limited` when one of the limits is reached. */
  async assertAllowed(counted: Counted[]): Promise<void> {
    await this.intentions.read((em) => assertAllowed(em, counted));
  }

  /** Takes longer the more often it went wrong, for limits that refuse nobody. */
  async slowDown(counted: Counted[]): Promise<void> {
    for (const one of counted.filter(isSlow)) {
      const failures = await this.intentions.read((em) => recent(em, one));
      await pause(slowDownMs(failures, LIMITS[one.limit].max));
    }
  }

  /** Counts one more, whatever becomes of the request that does it. Throws `limited` instead when that is too many. */
  async count(ctx: RequestContext, counted: Counted[]): Promise<void> {
    await this.settle(ctx, counted, (em) => add(em, counted));
  }

  /** After an answer was found and before it is given. Throws `limited` when a limit was reached meanwhile. */
  async assertStillAllowed(ctx: RequestContext, counted: Counted[]): Promise<void> {
    await this.settle(ctx, counted, async () => undefined);
  }

  /** Begins to count the first from nothing. Throws `limited` when one of the limits was reached meanwhile. */
  async clearFirst(ctx: RequestContext, counted: Counted[]): Promise<void> {
    await this.settle(ctx, counted, (em) => forgetAttempts(em, counted.slice(0, 1)));
  }

  /** Of many at once, those that come here after the limit was reached learn nothing. */
  private async settle(
    ctx: RequestContext,
    counted: Counted[],
    work: (em: EntityManager) => Promise<void>,
  ): Promise<void> {
    await this.intentions.apply(serviceContext('tenant', ctx.requestId), async ({ em }) => {
      for (const key of counted.map(attemptKey).sort()) await lockKey(em, key);
      await assertAllowed(em, counted);
      await work(em);
    });
  }
}

/** Forgets all that was counted, in the transaction that forgets whose it was. */
export async function forgetAttempts(em: EntityManager, counted: Counted[]): Promise<void> {
  await em.delete(Attempt, { key: In(counted.map(attemptKey)) });
}

/** The same for all that was counted at one address of mail, also by clients. */
export async function forgetAddress(em: EntityManager, emailKey: string): Promise<void> {
  await forgetAttempts(em, [
    { limit: 'email', of: emailKey },
    { limit: 'mail', of: emailKey },
    { limit: 'notice', of: emailKey },
  ]);
  await em.query('DELETE FROM attempts WHERE starts_with(key, $1)', [loginPrefix(emailKey)]);
}

/** Counts one more in the caller's transaction; false when the limit was reached already, also by others at once. */
export async function countIfAllowed(em: EntityManager, counted: Counted): Promise<boolean> {
  await lockKey(em, attemptKey(counted));
  if ((await secondsToWait(em, counted)) > 0) return false;
  await add(em, [counted]);
  return true;
}

/** Counts a mail that somebody of `tenantId` has sent to an address which nobody has confirmed; false for too many. To the address only mails count that are written. */
export async function mayMailStranger(
  em: EntityManager,
  tenantId: string | null,
  emailKey: string,
): Promise<boolean> {
  const mayTell = !tenantId || (await countIfAllowed(em, { limit: 'strangers', of: tenantId }));
  return mayTell && countIfAllowed(em, { limit: 'mail', of: emailKey });
}

async function add(em: EntityManager, counted: Counted[]): Promise<void> {
  await em.delete(Attempt, { at: LessThan(new Date(Date.now() - LONGEST_WINDOW_MS)) });
  if (counted.length === 0) return;
  await em.insert(
    Attempt,
    counted.map((one) => ({ key: attemptKey(one) })),
  );
}

async function assertAllowed(em: EntityManager, counted: Counted[]): Promise<void> {
  for (const one of counted) {
    if (isSlow(one)) continue;
    const seconds = await secondsToWait(em, one);
    if (seconds > 0) throw tooMany(seconds);
  }
}

const isSlow = ({ limit }: Counted): boolean => (LIMITS[limit] as Limit).slows ?? false;

async function recent(em: EntityManager, counted: Counted): Promise<number> {
  const [row]: { n: number }[] = await em.query(
    `SELECT count(*)::int AS n FROM attempts WHERE key = $1 AND at > now() - $2::float8 * interval '1 millisecond'`,
    [attemptKey(counted), LIMITS[counted.limit].windowMs],
  );
  return row?.n ?? 0;
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
  await em.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`tenant.attempts:${key}`]);
}

function tooMany(seconds: number): NuboError {
  return limited('too_many_attempts', `Too many attempts; try again in ${seconds} s.`, {
    retryAfterSeconds: seconds,
  });
}
