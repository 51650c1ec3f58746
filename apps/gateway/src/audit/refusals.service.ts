import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { noteRefusal, type Principal, type RequestContext } from '@nubo/contracts';
import { Bus, idNamedIn, isRefusal, RefusalBudget } from '@nubo/messaging';
import { log } from '@nubo/observability';
import type { GatewayRequest } from '../rest/asked';
import type { RouteSpec } from '../rest/route';

/** Who was refused, when that is known, and with what. */
interface Refused {
  error: unknown;
  principal: Principal | null;
}

/** Tells the audit of what the gateway refuses by itself. Nobody who is refused waits for that. */
@Injectable()
export class Refusals implements BeforeApplicationShutdown {
  private readonly budget = new RefusalBudget();
  private readonly underWay = new Set<Promise<void>>();

  constructor(private readonly bus: Bus) {}

  /** Also of what would only have been looked at, when it is known who asked; within the budget. */
  note(route: RouteSpec, request: GatewayRequest, { error, principal }: Refused): void {
    if (!isRefusal(error) || (!principal && route.method === 'GET')) return;
    const ctx = { requestId: request.id, principal, address: request.ip };
    if (!this.budget.take(ctx, Date.now())) return;
    const resourceId = idNamedIn(request.params);
    const telling = this.tell(ctx, {
      action: route.op.subject,
      code: error.code,
      ...(resourceId && { resourceId }),
    });
    this.underWay.add(telling);
    void telling.finally(() => this.underWay.delete(telling));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private async tell(ctx: RequestContext, refused: { action: string; code: string }): Promise<void> {
    try {
      await this.bus.call(noteRefusal, ctx, refused);
    } catch (err) {
      log.warn({ err, requestId: ctx.requestId, ...refused }, 'a refusal was not recorded');
    }
  }
}
