import { ServerNats } from '@nestjs/microservices';
import type { RequestContext, ServiceName, WireError } from '@nubo/contracts';
import { log } from '@nubo/observability';
import { ErrorCode, JSONCodec, type Msg, type NatsError } from 'nats';
import { isObservable, lastValueFrom } from 'rxjs';
import { natsOptions } from './connection';
import { INTERNAL } from './error-filter';
import { Turn } from './turn';

interface Asked {
  ctx: RequestContext;
  input: unknown;
}
type Answer = { response: unknown } | { err: unknown };
type Handler = (asked: Asked) => Promise<unknown>;

const codec = JSONCodec<unknown>();

/** A request of nobody with nothing in it: what is no packet of ours is refused at the door like any bad input. */
const nonsense = (): Asked => ({ ctx: { requestId: '', principal: null }, input: undefined });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function isPacket(value: unknown): value is { data: Asked } {
  if (!isObject(value) || typeof value.id !== 'string' || !isObject(value.data)) return false;
  const { ctx } = value.data;
  return (
    isObject(ctx) && typeof ctx.requestId === 'string' && (ctx.principal === null || isObject(ctx.principal))
  );
}

function askedIn(bytes: Uint8Array): Asked {
  try {
    const value = codec.decode(bytes);
    return isPacket(value) ? value.data : nonsense();
  } catch {
    return nonsense();
  }
}

/**
 * Nest's NATS server (11.2) for operations, which have one answer: without a stream for each. Replicas share the queue.
 * What is not JSON ends no process, and the answers of one turn leave in one write.
 */
export class BusDoor extends ServerNats {
  private readonly turn = new Turn();

  constructor(service: ServiceName) {
    super({ ...natsOptions(service), queue: service });
  }

  override async handleMessage(subject: string, message: Msg): Promise<void> {
    const handler = this.messageHandlers.get(subject) as Handler;
    const bytes = bytesOf(await answerOf(handler, askedIn(message.data)));
    this.turn.putOff(() => respond(message, bytes));
  }

  override async close(): Promise<void> {
    this.turn.end();
    await super.close();
  }
}

/** Nest hands what an exception filter answers on as a stream that fails. */
async function answerOf(handler: Handler, asked: Asked): Promise<Answer> {
  try {
    const response = await handler(asked);
    return { response: isObservable(response) ? await lastValueFrom(response) : response };
  } catch (err) {
    return { err };
  }
}

function bytesOf(answer: Answer): Uint8Array {
  try {
    return codec.encode(answer);
  } catch (error) {
    log.error({ err: error }, 'an answer cannot be written down');
    return codec.encode({ err: INTERNAL satisfies WireError });
  }
}

function respond(message: Msg, bytes: Uint8Array): void {
  try {
    message.respond(bytes);
  } catch (error) {
    log.warn({ err: error, operation: message.subject }, 'an answer could not be sent');
    const { code } = error as NatsError;
    if (code === TOO_LARGE) respond(message, codec.encode({ err: tooLargeFor(bytes) }));
  }
}

const TOO_LARGE: string = ErrorCode.MaxPayloadExceeded;

const tooLargeFor = ({ length }: Uint8Array): WireError => ({
  kind: 'too_large',
  code: 'answer_too_large',
  message: `The answer has ${length} bytes, more than one message holds: ask for less of it at once.`,
});
