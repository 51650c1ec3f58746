import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { recordAudit } from '@nubo/audit';
import { NuboError, type EventType, type Operation, type RequestContext } from '@nubo/contracts';
import type { EntityManager } from 'typeorm';
import { Database } from './database';
import { databaseFailure, isRetryable, type ConstraintErrors } from './failures';
import { emit } from './outbox';
import { inside } from './transaction-scope';

const TRIES = 4;

/** One transaction that holds everything a request promises. */
export class Intention {
  constructor(
    readonly em: EntityManager,
    readonly ctx: RequestContext,
  ) {}

  /** Publishes an event after commit. */
  emit<P extends object>(type: EventType<P>, payload: P): Promise<void> {
    return emit(this.em, type, payload);
  }
}

class DryRun extends Error {
  constructor(readonly answer: object) {
    super('dry run');
  }
}

/** The only way in which a request changes rows. */
@Injectable()
export class Intentions {
  private readonly constraints: ConstraintErrors = {};

  constructor(private readonly database: Database) {}

  /** Says what a person is told when the constraint of that name refuses a row. */
  explain(constraints: ConstraintErrors): void {
    Object.assign(this.constraints, constraints);
  }

  /**
   * Runs `work` in one transaction together with its audit row and the Idempotency-Key with its answer. The same key
   * and input give the first answer again; the same key with another input is refused (422). With `ctx.dryRun`
   * everything is checked and rolled back. Deadlocks are tried again.
   */
  async write<I extends object, O extends object>(
    op: Operation<I, O>,
    ctx: RequestContext,
    input: I,
    work: (intention: Intention) => Promise<O>,
  ): Promise<O> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.database.manager.transaction((em) =>
          inside(() => this.attempt(op, new Intention(em, ctx), input, work)),
        );
      } catch (error) {
        if (error instanceof DryRun) return error.answer as O;
        if (attempt < TRIES && isRetryable(error)) continue;
        throw databaseFailure(error, this.constraints);
      }
    }
  }

  /** Whether a request with this Idempotency-Key of the user was answered before: {@link write} gives its answer, or refuses. */
  isRepeated({ idempotencyKey: key, principal }: RequestContext): Promise<boolean> {
    return this.read(async (em) => {
      if (!key || !principal) return false;
      const sql = 'SELECT 1 FROM idempotency WHERE user_id = $1 AND key = $2';
      const rows: unknown[] = await em.query(sql, [principal.userId, key]);
      return rows.length > 0;
    });
  }

  /** A change that the service makes by itself: rows and events in one transaction. */
  async apply<T>(ctx: RequestContext, work: (intention: Intention) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.database.manager.transaction((em) => inside(() => work(new Intention(em, ctx))));
      } catch (error) {
        if (attempt < TRIES && isRetryable(error)) continue;
        throw databaseFailure(error, this.constraints);
      }
    }
  }

  /** Reads; a lost database becomes `unavailable`. */
  async read<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await work(this.database.manager);
    } catch (error) {
      throw databaseFailure(error, this.constraints);
    }
  }

  private async attempt<I extends object, O extends object>(
    op: Operation<I, O>,
    intention: Intention,
    input: I,
    work: (intention: Intention) => Promise<O>,
  ): Promise<O> {
    const { em, ctx } = intention;
    const hash = createHash('sha256').update(op.subject).update(JSON.stringify(input)).digest('hex');
    const earlier = await claimKey<O>(em, ctx, hash);
    if (earlier) return earlier;
    const answer = await work(intention);
    await recordAudit(em, ctx, op.subject, idOf(answer) ?? idOf(input));
    if (ctx.dryRun) throw new DryRun(answer);
    await keepAnswer(em, ctx, answer);
    return answer;
  }
}

const idOf = (answer: object): string | null =>
  'id' in answer && typeof answer.id === 'string' ? answer.id : null;

/** Waits for a transaction under way with the same key: its unique index entry is locked until then. */
async function claimKey<O extends object>(
  em: EntityManager,
  ctx: RequestContext,
  hash: string,
): Promise<O | undefined> {
  const { idempotencyKey: key, principal } = ctx;
  if (!key || !principal) return undefined;
  const insert = `INSERT INTO idempotency (user_id, key, tenant_id, request_hash) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING key`;
  const made: unknown[] = await em.query(insert, [principal.userId, key, principal.tenantId, hash]);
  if (made.length > 0) return undefined;
  const select = 'SELECT request_hash, answer FROM idempotency WHERE user_id = $1 AND key = $2';
  const [row]: { request_hash: string; answer: O }[] = await em.query(select, [principal.userId, key]);
  if (row?.request_hash === hash) return row.answer;
  throw new NuboError(
    'unprocessable',
    'idempotency_key_reused',
    'This Idempotency-Key was used for another request.',
  );
}

async function keepAnswer(em: EntityManager, ctx: RequestContext, answer: object): Promise<void> {
  if (!ctx.idempotencyKey || !ctx.principal) return;
  const sql = 'UPDATE idempotency SET answer = $3 WHERE user_id = $1 AND key = $2';
  await em.query(sql, [ctx.principal.userId, ctx.idempotencyKey, JSON.stringify(answer)]);
}

/** Forgets answers that are older than a day. */
export async function forgetKeys(em: EntityManager): Promise<void> {
  await em.query("DELETE FROM idempotency WHERE created_at < now() - interval '1 day'");
}

/** Forgets the answers to a tenant's requests and what was granted to its users, also on others' resources. */
export async function forgetTenant(em: EntityManager, tenantId: string): Promise<void> {
  await em.query('DELETE FROM idempotency WHERE tenant_id = $1', [tenantId]);
  await em.query('DELETE FROM grants WHERE tenant_id = $1', [tenantId]);
}

/** Forgets the answers to a user's requests and what was granted to it. */
export async function forgetUser(em: EntityManager, userId: string): Promise<void> {
  await em.query('DELETE FROM idempotency WHERE user_id = $1', [userId]);
  await em.query('DELETE FROM grants WHERE user_id = $1', [userId]);
}
