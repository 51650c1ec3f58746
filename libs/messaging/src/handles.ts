import { UseFilters } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import {
  operationsOf,
  type EventType,
  type Operation,
  type RequestContext,
  type ServiceName,
} from '@nubo/contracts';
import { log, operationSeconds, withLogFields } from '@nubo/observability';
import { admit, validated } from './door';
import { RpcErrorFilter } from './error-filter';

type Handler<I, O> = (ctx: RequestContext, input: I) => Promise<O>;
interface Envelope {
  ctx: RequestContext;
  input: unknown;
}

const handled = new Set<string>();
const EVENT_METADATA = 'nubo:event';

/**
 * The method answers `op`: its input is validated and its caller admitted first. A method whose signature differs from
 * the declared operation does not compile.
 */
export function Handles<I extends object, O extends object>(op: Operation<I, O>) {
  return (target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<Handler<I, O>>): void => {
    const answer = descriptor.value;
    if (!answer) return;
    handled.add(op.subject);
    descriptor.value = function (this: unknown, ...args: [RequestContext, I]) {
      const envelope = args[0] as unknown as Envelope;
      return open(op, envelope, (ctx, input) => answer.call(this, ctx, input));
    };
    // On the method: Nest binds a hybrid application's handlers before global filters can be set.
    UseFilters(RpcErrorFilter)(target, key, descriptor as TypedPropertyDescriptor<object>);
    MessagePattern(op.subject)(target, key, descriptor as TypedPropertyDescriptor<object>);
  };
}

async function open<I extends object, O>(
  op: Operation<I, object>,
  { ctx, input }: Envelope,
  answer: Handler<I, O>,
): Promise<O> {
  const done = operationSeconds.startTimer({ operation: op.subject });
  const fields = {
    requestId: ctx.requestId,
    tenantId: ctx.principal?.tenantId,
    userId: ctx.principal?.userId,
  };
  return withLogFields(fields, async () => {
    try {
      admit(op, ctx);
      const output = await answer(ctx, await validated(op.input, input));
      noteDone(op, output, done({ result: 'ok' }));
      return output;
    } catch (error) {
      done({ result: 'error' });
      await tellRefused(op, ctx, { error, input });
      throw error;
    }
  });
}

/** Hears of what an operation has thrown, before the caller does. It must not throw itself. */
type RefusalListener = (
  op: Operation<object, object>,
  ctx: RequestContext,
  refused: { error: unknown; input: unknown },
) => Promise<void>;
const listeners = new Map<ServiceName, RefusalListener>();

/** The service of this process has one listener; a later one replaces it. */
export function whenRefused(service: ServiceName, listener: RefusalListener): void {
  listeners.set(service, listener);
}

const tellRefused: RefusalListener = async (op, ctx, refused) =>
  listeners.get(op.service)?.(op, ctx, refused);

const READS = /\.(list|get|find|check|names|resolve|uses)$/;

/** Whether an operation only shows something. */
export const isRead = (op: Operation<object, object>): boolean => READS.test(op.subject);

/** One line per operation; reads, which people poll, only when asked for. */
function noteDone(op: Operation<object, object>, output: unknown, seconds: number): void {
  const resourceId = (output as { id?: string } | undefined)?.id;
  const line = { operation: op.subject, resourceId, ms: Math.round(seconds * 1000) };
  log[isRead(op) ? 'debug' : 'info'](line, 'operation');
}

/** The method consumes an event; it may be given the same event twice. */
export function OnEvent<P extends object>(type: EventType<P>) {
  return (
    _target: object,
    _key: string | symbol,
    descriptor: TypedPropertyDescriptor<(payload: P) => Promise<void>>,
  ): void => {
    if (descriptor.value) Reflect.defineMetadata(EVENT_METADATA, type, descriptor.value);
  };
}

/** The event that a method consumes, if any. */
export function eventOf(method: object): EventType<object> | undefined {
  return Reflect.getMetadata(EVENT_METADATA, method) as EventType<object> | undefined;
}

/** Subjects of the service's contract that no handler answers; boot fails when there are any. */
export function unhandledOperations(service: ServiceName): string[] {
  return operationsOf(service)
    .map((op) => op.subject)
    .filter((subject) => !handled.has(subject));
}
