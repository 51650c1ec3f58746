import { randomUUID } from 'node:crypto';
import { text } from '@nubo/config';
import { NuboError, type EventType, type Operation, type RequestContext } from '@nubo/contracts';
import { connect, JSONCodec, type NatsConnection } from 'nats';
import { Client } from 'pg';

/** What a callee does; throws a NuboError to refuse. */
export type Answer<I, O> = (input: I, ctx: RequestContext) => O | Promise<O>;

interface Packet {
  id: string;
  data: { ctx: RequestContext; input: object };
}

const codec = JSONCodec<unknown>();

/** A bus that no other test file is on: `NATS_URL` for a service under test. */
export async function separateBusUrl(): Promise<string> {
  const number = await nextNumber();
  return Object.assign(new URL(text('NUBO_TEST_NATS_URL')), { username: `t${number}` }).toString();
}

/** Counted in the test database server, which all test files share. */
async function nextNumber(): Promise<number> {
  const client = new Client({ connectionString: text('NUBO_TEST_DATABASE_URL') });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock(hashtext('test-buses'))");
    await client.query('CREATE SEQUENCE IF NOT EXISTS public.test_buses MINVALUE 0 MAXVALUE 199 CYCLE');
    const { rows } = await client.query<{ n: string }>("SELECT nextval('public.test_buses') AS n");
    return Number(rows[0]?.n);
  } finally {
    await client.end();
  }
}

/** Stands in for the services around the one under test: answers operations and publishes events. */
export class TestBus {
  private constructor(private readonly nats: NatsConnection) {}

  static async open(busUrl: string): Promise<TestBus> {
    const { host, username, password } = new URL(busUrl);
    return new TestBus(await connect({ servers: host, user: username, pass: decodeURIComponent(password) }));
  }

  /** Answers `op` in the name of the service that would; the last answer given for an operation counts. */
  async answer<I extends object, O extends object>(
    op: Operation<I, O>,
    answer: Answer<I, O>,
  ): Promise<() => void> {
    const subscription = this.nats.subscribe(op.subject, {
      callback: (error, message) => {
        if (error) return;
        const packet = codec.decode(message.data) as Packet;
        void reply(packet, (input, ctx) => answer(input as I, ctx)).then((text) =>
          message.respond(codec.encode(text)),
        );
      },
    });
    await this.nats.flush();
    return () => subscription.unsubscribe();
  }

  /** Publishes an event as its service would; resolves when JetStream has stored it. */
  async publish<P extends object>(type: EventType<P>, payload: P): Promise<void> {
    await this.nats.jetstream().publish(type.subject, codec.encode(payload), { msgID: randomUUID() });
  }

  async stop(): Promise<void> {
    await this.nats.close();
  }
}

/** The reply as Nest's NATS transport writes it. */
async function reply({ id, data }: Packet, answer: Answer<object, object>): Promise<object> {
  try {
    return { id, response: await answer(data.input, data.ctx), isDisposed: true };
  } catch (error) {
    const err = error instanceof NuboError ? error.toWire() : { message: String(error) };
    return { id, err, isDisposed: true };
  }
}
