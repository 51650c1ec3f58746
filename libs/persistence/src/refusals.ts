import { Injectable, type OnModuleInit } from '@nestjs/common';
import { recordRefusal, RefusalBudget } from '@nubo/audit';
import {
  NuboError,
  type ErrorKind,
  type Operation,
  type RequestContext,
  type ServiceName,
} from '@nubo/contracts';
import { isRead, whenRefused } from '@nubo/messaging';
import { log } from '@nubo/observability';
import { Database, DatabaseDefinition } from './database';

/** What a caller may not do, or not now. Neither nonsense nor our own failures. */
const KINDS: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'precondition',
  'unprocessable',
  'limited',
  'exhausted',
]);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whom and what a refusal is about, where the request does not say it. */
export interface About {
  resourceId: string | null;
  tenantId: string | null;
}

/** Records refused writes in a transaction of their own: the one that refused them is rolled back. */
@Injectable()
export class Refusals implements OnModuleInit {
  private readonly budget = new RefusalBudget();
  private readonly recorded = new WeakSet<object>();

  constructor(
    private readonly database: Database,
    private readonly definition: DatabaseDefinition,
  ) {}

  onModuleInit(): void {
    const service = this.definition.own.schema as ServiceName;
    whenRefused(service, (op, ctx, refused) => this.note(op, ctx, refused));
  }

  /** Says what `error` is about before it is thrown; it is recorded once. */
  async record(
    op: Operation<object, object>,
    ctx: RequestContext,
    error: NuboError,
    about: About,
  ): Promise<void> {
    if (this.recorded.has(error)) return;
    this.recorded.add(error);
    const caller = ctx.principal?.userId ?? ctx.address ?? 'nobody';
    if (!this.budget.take(caller, Date.now())) return;
    try {
      await recordRefusal(this.database.manager, ctx, { action: op.subject, code: error.code, ...about });
    } catch (cause) {
      log.warn({ err: cause, operation: op.subject }, 'a refusal was not recorded');
    }
  }

  private async note(
    op: Operation<object, object>,
    ctx: RequestContext,
    { error, input }: { error: unknown; input: unknown },
  ): Promise<void> {
    if (!(error instanceof NuboError) || !KINDS.has(error.kind)) return;
    if (isRead(op) || op.permission === 'service' || ctx.principal?.role === 'service' || ctx.dryRun) return;
    await this.record(op, ctx, error, { resourceId: idIn(input), tenantId: null });
  }
}

/** The id that a request names, which was not checked yet. */
function idIn(input: unknown): string | null {
  const { id, userId, tenantId } = (input ?? {}) as Record<string, unknown>;
  const named = id ?? userId ?? tenantId;
  return typeof named === 'string' && UUID.test(named) ? named.toLowerCase() : null;
}
