import type { ConsumerDeserializer, IncomingRequest, NatsOptions } from '@nestjs/microservices';
import type { RequestContext, ServiceName } from '@nubo/contracts';
import { JSONCodec } from 'nats';
import { natsOptions } from './connection';

interface Packet extends IncomingRequest {
  data: { ctx: RequestContext; input: unknown };
}

const codec = JSONCodec<unknown>();

/** A request of nobody with nothing in it: what is no packet of ours is refused at the door like any bad input. */
const nonsense = (): Packet => ({
  pattern: '',
  id: '',
  data: { ctx: { requestId: '', principal: null }, input: undefined },
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function isPacket(value: unknown): value is Packet {
  if (!isObject(value) || typeof value.id !== 'string' || !isObject(value.data)) return false;
  const { ctx } = value.data;
  return (
    isObject(ctx) && typeof ctx.requestId === 'string' && (ctx.principal === null || isObject(ctx.principal))
  );
}

/** Nest's own reader throws outside every filter on what is not JSON, which ends the process (11.2). */
export class PacketReader implements ConsumerDeserializer {
  deserialize(bytes: Uint8Array): Packet {
    try {
      const value = codec.decode(bytes);
      return isPacket(value) ? value : nonsense();
    } catch {
      return nonsense();
    }
  }
}

/** Options of the Nest transport that answers a service's operations; replicas share the queue. */
export function doorOptions(service: ServiceName): NonNullable<NatsOptions['options']> {
  return { ...natsOptions(service), queue: service, deserializer: new PacketReader() };
}
