import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  isWireError,
  NuboError,
  tooLarge,
  unavailable,
  type EventType,
  type Operation,
  type RequestContext,
} from '@nubo/contracts';
import { eventsTotal } from '@nubo/observability';
import { ErrorCode, JSONCodec, NatsError, type Msg } from 'nats';
import { BusConnection } from './connection';
import { Turn } from './turn';

/** What travels: Nest's NATS packet around the context and the input. */
interface Packet {
  pattern: string;
  id: string;
  data: { ctx: RequestContext; input: object };
}
interface Reply {
  response?: unknown;
  err?: unknown;
}

const codec = JSONCodec<unknown>();
const TIMEOUT: string = ErrorCode.Timeout;
const TOO_LARGE: string = ErrorCode.MaxPayloadExceeded;

/** Calls other services and publishes events. */
@Injectable()
export class Bus {
  private readonly turn = new Turn();

  constructor(private readonly connection: BusConnection) {}

  /**
   * Calls an operation and answers its output. Throws the callee's {@link NuboError} as it was thrown there; `too_large` for
   * an input, or an output, that one message does not hold; `unavailable` when the service is missing, the bus is away, or no answer came within the operation's timeout.
   */
  async call<I extends object, O extends object>(
    op: Operation<I, O>,
    ctx: RequestContext,
    input: I,
  ): Promise<O> {
    const packet: Packet = { pattern: op.subject, id: randomUUID(), data: { ctx, input } };
    const reply = await this.request(op, packet);
    if (reply.err !== undefined && reply.err !== null) throw this.remoteError(reply.err, op);
    return reply.response as O;
  }

  /** Publishes an event with `id` for de-duplication; resolves when JetStream has stored it. */
  async publish<P extends object>(id: string, type: EventType<P>['subject'], payload: P): Promise<void> {
    await this.connection
      .get()
      .jetstream({ timeout: 2_000 })
      .publish(type, codec.encode(payload), { msgID: id });
    eventsTotal.inc({ event: type, direction: 'published' });
  }

  private async request(op: Operation<object, object>, packet: Packet): Promise<Reply> {
    const nats = this.connection.get();
    try {
      const bytes = codec.encode(packet);
      const message = await new Promise<Msg>((resolve, reject) => {
        const send = () => nats.request(op.subject, bytes, { timeout: op.timeoutMs });
        this.turn.putOff(() => void send().then(resolve, reject));
      });
      return codec.decode(message.data) as Reply;
    } catch (error) {
      throw this.transportError(error, op);
    }
  }

  private transportError(error: unknown, op: Operation<object, object>): NuboError {
    const code: string = error instanceof NatsError ? error.code : '';
    if (code === TIMEOUT) {
      return unavailable(
        'no_answer',
        `The ${op.service} service did not answer within ${op.timeoutMs / 1000} s.`,
      );
    }
    if (code === TOO_LARGE)
      return tooLarge(
        'request_too_large',
        'The request has more than one message holds: ask for less at once.',
      );
    const options = { cause: error };
    return new NuboError(
      'unavailable',
      'service_unavailable',
      `The ${op.service} service is not there right now.`,
      options,
    );
  }

  private remoteError(err: unknown, op: Operation<object, object>): NuboError {
    if (isWireError(err)) return NuboError.fromWire(err);
    return new NuboError('internal', 'internal', `The ${op.service} service failed.`, { cause: err });
  }
}
