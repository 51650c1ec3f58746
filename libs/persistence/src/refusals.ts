import { Injectable, type OnModuleInit } from '@nestjs/common';
import { recordRefusal } from '@nubo/audit';
import {
  isForPeople,
  type NuboError,
  type Operation,
  type RequestContext,
  type ServiceName,
} from '@nubo/contracts';
import { idNamedIn, isRead, isRefusal, RefusalBudget, whenRefused } from '@nubo/messaging';
import { log } from '@nubo/observability';
import { Database, DatabaseDefinition } from './database';

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
    if (!this.budget.take(ctx, Date.now())) return;
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
    if (!isRefusal(error)) return;
    if (isRead(op) || !isForPeople(op) || ctx.principal?.role === 'service' || ctx.dryRun) return;
    await this.record(op, ctx, error, { resourceId: idNamedIn(input), tenantId: null });
  }
}
