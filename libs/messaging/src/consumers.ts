import { Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import {
  consumerName,
  EVENT_STREAM,
  eventsConsumedBy,
  type EventType,
  type ServiceName,
} from '@nubo/contracts';
import { text } from '@nubo/config';
import { eventsTotal, log } from '@nubo/observability';
import {
  AckPolicy,
  DeliverPolicy,
  JSONCodec,
  type ConsumerMessages,
  type JsMsg,
  type NatsConnection,
} from 'nats';
import { BusConnection } from './connection';
import { eventOf } from './handles';

type Consume = (payload: object) => Promise<void>;
interface Run {
  type: EventType<object>;
  consume: Consume;
  generation: number;
}
const codec = JSONCodec<object>();
const ACK_WAIT_NS = 30_000_000_000;
const RETRY_MS = 1_000;

/** Several methods may take one event: it is acknowledged when all have. */
const both =
  (first: Consume | undefined, second: Consume): Consume =>
  async (payload) => {
    await first?.(payload);
    await second(payload);
  };

/** Runs the service's `@OnEvent` methods behind one durable pull consumer per event, with explicit acknowledgement. */
@Injectable()
export class EventConsumers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly service = text('NUBO_SERVICE') as ServiceName;
  private stopped = false;
  private generation = 0;
  private readonly batches = new Set<ConsumerMessages>();

  constructor(
    private readonly connection: BusConnection,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onApplicationBootstrap(): void {
    const consumers = this.find();
    const missing = eventsConsumedBy(this.service).filter((type) => !consumers.has(type));
    if (missing.length > 0)
      throw new TypeError(`no @OnEvent method for ${missing.map((m) => m.name).join(', ')}`);
    this.connection.whenUp(async () => {
      this.generation += 1;
      const mine = this.generation;
      for (const [type, consume] of consumers) await this.start(type, consume, mine);
    });
  }

  /** Before the connection closes: what has been taken is acknowledged, nothing more is asked for. */
  beforeApplicationShutdown(): void {
    this.stopped = true;
    this.batches.forEach((batch) => batch.stop());
  }

  private find(): Map<EventType<object>, Consume> {
    const found = new Map<EventType<object>, Consume>();
    for (const { instance } of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      if (typeof instance !== 'object' || instance === null) continue;
      const holder = instance as Record<string, Consume>;
      for (const name of this.scanner.getAllMethodNames(Object.getPrototypeOf(holder) as object)) {
        const type = eventOf(holder[name]);
        if (type) found.set(type, both(found.get(type), holder[name].bind(holder)));
      }
    }
    return found;
  }

  private async start(type: EventType<object>, consume: Consume, generation: number): Promise<void> {
    const nats = this.connection.get();
    const durable = consumerName(this.service, type);
    const manager = await nats.jetstreamManager({ checkAPI: false });
    await manager.consumers.add(EVENT_STREAM, {
      durable_name: durable,
      filter_subject: type.subject,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ack_wait: ACK_WAIT_NS,
      max_ack_pending: 64,
    });
    void this.pull(nats, durable, { type, consume, generation });
  }

  private async pull(nats: NatsConnection, durable: string, run: Run): Promise<void> {
    while (!this.stopped && run.generation === this.generation && !nats.isClosed()) {
      try {
        const consumer = await nats.jetstream().consumers.get(EVENT_STREAM, durable);
        const batch = await consumer.fetch({ max_messages: 32, expires: 5_000 });
        this.batches.add(batch);
        for await (const message of batch) await this.take(run.type, run.consume, message);
        this.batches.delete(batch);
      } catch (error) {
        log.debug({ err: error, durable }, 'pull failed');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  private async take(type: EventType<object>, consume: Consume, message: JsMsg): Promise<void> {
    try {
      await consume(codec.decode(message.data));
      message.ack();
      eventsTotal.inc({ event: type.name, direction: 'consumed' });
    } catch (error) {
      log.warn({ err: error, event: type.name }, 'event not taken, it will come again');
      message.nak(RETRY_MS);
    }
  }
}
