import type { AddressInfo } from 'node:net';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { overrideSettings } from '@nubo/config';
import type { Operation, RequestContext, ServiceName } from '@nubo/contracts';
import { Bus, BusDoor } from '@nubo/messaging';
import { Database } from '@nubo/persistence';
import { WorkerPace } from '@nubo/reconcile';
import type { NatsConnection } from 'nats';
import { separateBusUrl, TestBus } from './test-bus';

/** What tests let fail is tried again soon. */
const RETRY_CAP_MS = 300;

/** Seals variables; of no use elsewhere. */
const SECRETS_KEY = Buffer.alloc(32, 'test').toString('base64');

type Class<T> = abstract new (...args: never[]) => T;
type Root = new (...args: never[]) => object;

export interface TestAppOptions {
  /** Providers that are replaced: [token, what stands in for it]. */
  overrides?: readonly (readonly [Class<object> | symbol | string, object])[];
  /** More environment while the app runs. */
  settings?: Record<string, string>;
}

/** One service in this process, on a bus that no other test file is on. */
export class TestApp {
  constructor(
    readonly app: NestFastifyApplication,
    /** The services around it. */
    readonly bus: TestBus,
    private readonly restore: () => void,
  ) {}

  /** A provider of the service. */
  get<T>(token: Class<T>): T {
    return this.app.get(token, { strict: false });
  }

  /** Calls an operation through the bus, as another service would. Throws the NuboError that came back. */
  call<I extends object, O extends object>(op: Operation<I, O>, ctx: RequestContext, input: I): Promise<O> {
    return this.get(Bus).call(op, ctx, input);
  }

  /** Of its health and metrics port. */
  get url(): string {
    const { port } = this.app.getHttpServer().address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.bus.stop();
    this.restore();
  }
}

/**
 * Starts `root` as `service`: needs `DATABASE_URL` (see testDatabase) and the test servers. Resolves when its database
 * is migrated and its handlers answer. Provider overrides are the way to fake its outside.
 */
export async function testApp(
  root: Root,
  service: ServiceName,
  options: TestAppOptions = {},
): Promise<TestApp> {
  const busUrl = await separateBusUrl();
  const settings = { NUBO_SECRETS_KEY: SECRETS_KEY, ...options.settings };
  const restore = overrideSettings({ ...settings, NUBO_SERVICE: service, NATS_URL: busUrl });
  const bus = await TestBus.open(busUrl);
  const app = await assemble(root, options);
  const door = app.connectMicroservice<MicroserviceOptions>(
    { strategy: new BusDoor(service) },
    { inheritAppConfig: false },
  );
  await app.listen(0, '127.0.0.1');
  await app.startAllMicroservices();
  await door.unwrap<NatsConnection>().flush();
  await app.get(Database, { strict: false }).ready();
  return new TestApp(app, bus, restore);
}

async function assemble(root: Root, { overrides = [] }: TestAppOptions): Promise<NestFastifyApplication> {
  const builder = Test.createTestingModule({ imports: [root] });
  const pace = Object.assign(new WorkerPace(), { retryCapMs: RETRY_CAP_MS });
  builder.overrideProvider(WorkerPace).useValue(pace);
  for (const [token, value] of overrides) builder.overrideProvider(token).useValue(value);
  const module = await builder.compile();
  return module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
}
