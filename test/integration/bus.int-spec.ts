/** Calls over a bus with the permissions that services really have, which goes away and comes back. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type INestApplication } from '@nestjs/common';
import { Controller } from '@nestjs/common';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { overrideSettings } from '@nubo/config';
import {
  ById,
  callableBy,
  exhausted,
  getTenant,
  getUser,
  listQuotas,
  listTenants,
  listUsers,
  ListInput,
  operationsOf,
  QuotaView,
  SERVICES,
  TenantView,
  UserView,
  type Page,
  type RequestContext,
  type ServiceName,
} from '@nubo/contracts';
import {
  Bus,
  BUS_USERS,
  BusConnection,
  BusDoor,
  Handles,
  natsServerConfig,
  type BusUser,
} from '@nubo/messaging';
import { ServiceModule } from '@nubo/service';
import { contextOf, eventually, someone } from '@nubo/testing';
import { connect, type NatsConnection } from 'nats';
import { removeFolder } from '../../stack/files';
import { startNats } from '../../stack/nats';
import { freePort } from '../../stack/ports';
import { type Server } from '../../stack/server';
import { temporaryFolder } from '../../stack/testing';

jest.setTimeout(60_000);

const ID = '6f0c1fd5-6f0b-4d30-9b5c-6a5a4a3f2a11';
/** Of a tenant with more to tell than one message holds. */
const HUGE = '6f0c1fd5-6f0b-4d30-9b5c-6a5a4a3f2a12';
const MORE_THAN_A_MESSAGE = 'x'.repeat(1_100_000);

@Controller()
class Answers {
  @Handles(getTenant) async getTenant(ctx: RequestContext, { id }: ById): Promise<TenantView> {
    const stateReason = id === HUGE ? MORE_THAN_A_MESSAGE : ctx.requestId;
    return { id, name: ctx.principal?.userId, stateReason } as TenantView;
  }

  @Handles(getUser) async getUser(_ctx: RequestContext, _input: ById): Promise<UserView> {
    throw exhausted('quota_exceeded', 'The quota for vms is 5.', { limit: 5, used: 5 });
  }

  @Handles(listUsers) async listUsers(_ctx: RequestContext, _input: ListInput): Promise<Page<UserView>> {
    throw new Error('password of the database: hunter2');
  }

  /** What JSON cannot hold. */
  @Handles(listQuotas) async listQuotas(_ctx: RequestContext, _input: ById): Promise<Page<QuotaView>> {
    return { items: [{ used: 1n } as unknown as QuotaView] };
  }

  @Handles(listTenants) listTenants(_ctx: RequestContext, _input: ListInput): Promise<Page<TenantView>> {
    return new Promise(() => undefined);
  }
}

describe('the bus', () => {
  const folder = temporaryFolder();
  const passwords = Object.fromEntries(BUS_USERS.map((user) => [user, `${user}-p"w\\`])) as Record<
    BusUser,
    string
  >;
  let port: number;
  let server: Server;
  let tenant: INestApplication;
  let gateway: BusConnection;
  let bus: Bus;

  const open = () =>
    startNats({
      dir: join(folder, 'nats'),
      port,
      config: (place) => natsServerConfig({ ...place, passwords }),
    });
  const settingsOf = (user: BusUser) => ({
    NUBO_SERVICE: user,
    NATS_URL: `nats://${user}:${encodeURIComponent(passwords[user])}@127.0.0.1:${port}`,
  });
  const login = (user: BusUser, pass = passwords[user]): Promise<NatsConnection> =>
    connect({ servers: `127.0.0.1:${port}`, user, pass, inboxPrefix: `_INBOX_${user}`, reconnect: false });
  const ask = () => bus.call(getTenant, contextOf(someone('admin')), { id: ID });

  beforeAll(async () => {
    port = await freePort();
    server = await open();
    tenant = await answering(settingsOf('tenant'));
    const restore = overrideSettings(settingsOf('gateway'));
    gateway = new BusConnection();
    gateway.onModuleInit();
    await eventually(() => gateway.get());
    restore();
    bus = new Bus(gateway);
  });
  afterAll(async () => {
    await gateway?.onApplicationShutdown();
    await tenant?.close();
    await server?.stop();
    removeFolder(folder);
  });

  describe('carries a call', () => {
    it('with its context, and the answer back', async () => {
      const ctx = contextOf(someone('admin', { userId: 'u1' }));
      const answer = await bus.call(getTenant, ctx, { id: ID });
      expect(answer).toEqual({ id: ID, name: 'u1', stateReason: ctx.requestId });
    });

    it('and a refusal as it was thrown, with its numbers', async () => {
      await expect(bus.call(getUser, contextOf(someone()), { id: ID })).rejects.toMatchObject({
        kind: 'exhausted',
        code: 'quota_exceeded',
        message: 'The quota for vms is 5.',
        details: { limit: 5, used: 5 },
      });
    });

    it('and tells nothing of an error that nobody meant', async () => {
      const call = bus.call(listUsers, contextOf(someone()), {});
      await expect(call).rejects.toMatchObject({ kind: 'internal', code: 'internal' });
      await expect(call).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') as string });
    });

    it('of many at once to each its own answer', async () => {
      const ids = Array.from({ length: 50 }, () => randomUUID());
      const calls = ids.map((id) => bus.call(getTenant, contextOf(someone('admin')), { id }));
      const answers = await Promise.all(calls);
      expect(answers.map(({ id }) => id)).toEqual(ids);
    });

    it('whose answer cannot be written down, as a failure, and the next one', async () => {
      const call = bus.call(listQuotas, contextOf(someone()), { id: ID });
      await expect(call).rejects.toMatchObject({ kind: 'internal', code: 'internal' });
      expect(await ask()).toMatchObject({ id: ID });
    });

    it('at once refuses what one message does not hold, whether it is asked or answered', async () => {
      const ctx = contextOf(someone('admin'));
      const answered = bus.call(getTenant, ctx, { id: HUGE });
      await expect(answered).rejects.toMatchObject({ kind: 'too_large', code: 'answer_too_large' });
      const asked = bus.call(getTenant, ctx, { id: MORE_THAN_A_MESSAGE });
      await expect(asked).rejects.toMatchObject({ kind: 'too_large', code: 'request_too_large' });
      expect(await ask()).toMatchObject({ id: ID });
    });

    it('only with input as it is declared, from somebody who may', async () => {
      const bad = bus.call(getTenant, contextOf(someone()), { id: 'x' });
      await expect(bad).rejects.toMatchObject({ kind: 'invalid', details: { fields: [{ field: 'id' }] } });
      const nobody = bus.call(getTenant, contextOf(null), { id: ID });
      await expect(nobody).rejects.toMatchObject({ kind: 'unauthenticated' });
    });
  });

  it.each(['', 'not JSON', '7', '{}', '{"id":"1"}', '{"id":"1","data":{"ctx":7}}'])(
    'survives the message %j, which no service sends',
    async (text) => {
      const nats = await login('gateway');
      const reply = await nats.request(getTenant.subject, Buffer.from(text), { timeout: 1_000 });
      expect(reply.json()).toMatchObject({ err: { kind: 'unauthenticated' } });
      await nats.close();
      expect(await ask()).toMatchObject({ id: ID });
    },
  );

  describe('does not let a caller hang', () => {
    it('when a service is not there', async () => {
      const began = performance.now();
      const call = bus.call(operationsOf('compute')[0], contextOf(someone()), {});
      await expect(call).rejects.toMatchObject({ kind: 'unavailable', code: 'service_unavailable' });
      expect(performance.now() - began).toBeLessThan(4_000);
    });

    it('when a service does not answer in time', async () => {
      const call = bus.call({ ...listTenants, timeoutMs: 200 }, contextOf(someone()), {});
      await expect(call).rejects.toMatchObject({ kind: 'unavailable', code: 'no_answer' });
    });

    it('when the bus is away, and works again when it is back', async () => {
      await ask();
      server.kill('SIGKILL');
      await server.exited;
      await eventually(() =>
        ask().then(
          () => false,
          (error: { code: string }) => error.code === 'bus_unavailable',
        ),
      );
      const began = performance.now();
      await expect(ask()).rejects.toMatchObject({ kind: 'unavailable', code: 'bus_unavailable' });
      expect(performance.now() - began).toBeLessThan(4_000);
      server = await open();
      expect(await eventually(ask)).toMatchObject({ id: ID });
    });
  });

  describe('refuses', () => {
    it('a wrong password', async () => {
      await expect(login('tenant', 'wrong')).rejects.toMatchObject({ code: 'AUTHORIZATION_VIOLATION' });
    });

    it.each(SERVICES)('every call that %s may not make, and no other', async (service) => {
      const subjects = SERVICES.flatMap(operationsOf).map(({ subject }) => subject);
      const callable = callableBy(service).map(({ subject }) => subject);
      expect(await arriving(service, subjects)).toEqual(callable.sort());
    });

    it.each(SERVICES)('events and revocations in the name of others from %s', async (service) => {
      const all = SERVICES.flatMap((name) => [`event.${name}.thing.happened`, `_INBOX_${name}.answer`]);
      const may = [
        `event.${service}.thing.happened`,
        ...(service === 'tenant' ? ['$KV.revocations.u1'] : []),
      ];
      expect(await arriving(service, [...all, '$KV.revocations.u1'])).toEqual(may.sort());
    });

    it.each(['tenant.>', '_INBOX_gateway.>', 'event.>', '>'])('pat to listen on %s', async (subject) => {
      const nats = await login('pat');
      const heard = new Promise<string>((resolve) => {
        nats.subscribe(subject, { callback: (error) => error && resolve(error.code) });
      });
      expect(await heard).toBe('PERMISSIONS_VIOLATION');
      await nats.close();
    });
  });

  /** Which of the subjects get through when `user` publishes on all of them. */
  async function arriving(user: ServiceName, subjects: string[]): Promise<string[]> {
    const [admin, nats] = await Promise.all([login('admin'), login(user)]);
    const seen = new Set<string>();
    const wanted = new Set(subjects);
    admin.subscribe('>', { callback: (_, { subject }) => void (wanted.has(subject) && seen.add(subject)) });
    await admin.flush();
    subjects.forEach((subject) => nats.publish(subject));
    await nats.flush();
    await admin.flush();
    await Promise.all([nats.close(), admin.close()]);
    return [...seen].sort();
  }
});

async function answering(settings: Record<string, string>): Promise<INestApplication> {
  const restore = overrideSettings(settings);
  const module = await Test.createTestingModule({
    imports: [ServiceModule],
    controllers: [Answers],
  }).compile();
  const app = module.createNestApplication(new FastifyAdapter(), { logger: false });
  const door = app.connectMicroservice<MicroserviceOptions>({ strategy: new BusDoor('tenant') });
  await app.init();
  await app.startAllMicroservices();
  await door.unwrap<NatsConnection>().flush();
  restore();
  return app;
}
