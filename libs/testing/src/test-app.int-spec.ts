import { Controller, Injectable, Module } from '@nestjs/common';
import {
  ById,
  checkNic,
  conflict,
  getVpc,
  hostChanged,
  listVpcs,
  Nothing,
  tenantClosing,
  userClosing,
  type HostEvent,
  type RequestContext,
  type TenantEvent,
  type UserEvent,
  type VpcView,
} from '@nubo/contracts';
import { Handles, OnEvent } from '@nubo/messaging';
import { Database, PersistenceModule } from '@nubo/persistence';
import { ServiceModule } from '@nubo/service';
import { contextOf, eventually, someone, testApp, testDatabase, type TestApp, type TestDatabase } from '.';

jest.setTimeout(60_000);

const seen: object[] = [];

@Injectable()
class Hears {
  @OnEvent(hostChanged) async host(payload: HostEvent): Promise<void> {
    seen.push(payload);
  }
  @OnEvent(tenantClosing) async tenant(_payload: TenantEvent): Promise<void> {}
  @OnEvent(userClosing) async user(_payload: UserEvent): Promise<void> {}
}

@Controller()
class Answers {
  @Handles(getVpc) async get(ctx: RequestContext, { id }: ById): Promise<VpcView> {
    return { id, name: ctx.principal?.role } as VpcView;
  }
}

@Module({
  imports: [ServiceModule, PersistenceModule.forService({ schema: 'network', entities: [], migrations: [] })],
  controllers: [Answers],
  providers: [Hears],
})
class SmallModule {}

describe('a service under test', () => {
  let database: TestDatabase;
  let app: TestApp;
  beforeAll(async () => {
    database = await testDatabase();
    app = await testApp(SmallModule, 'network');
  });
  afterAll(async () => {
    await app?.stop();
    await database?.stop();
  });

  it('answers on a bus of its own', async () => {
    const input = { id: '6f0c1fd5-6f0b-4d30-9b5c-6a5a4a3f2a11' };
    const answer = await app.call(getVpc, contextOf(someone('member')), input);
    expect(answer).toEqual({ id: input.id, name: 'member' });
    await expect(app.call(listVpcs, contextOf(someone()), {})).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('refuses bad input at its door', async () => {
    const call = app.call(getVpc, contextOf(someone()), { id: 'x' });
    await expect(call).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('hears events of the services around it', async () => {
    const payload: HostEvent = { hostId: '0b5e7f62-2f6e-4c6f-8a24-1f3a0a0f7c11', state: 'ready' };
    await app.bus.publish(hostChanged, payload);
    await eventually(() => seen.length > 0);
    expect(seen).toEqual([payload]);
  });

  it('reaches stand-ins for other services, refusals included', async () => {
    const end = await app.bus.answer(checkNic, (input) => {
      if (input.ip) throw conflict('address_taken', 'taken');
      return new Nothing();
    });
    const nic = { subnetId: '0b5e7f62-2f6e-4c6f-8a24-1f3a0a0f7c11' };
    expect(await app.call(checkNic, contextOf(someone()), nic)).toEqual({});
    const refused = app.call(checkNic, contextOf(someone()), { ...nic, ip: '192.0.2.1' });
    await expect(refused).rejects.toMatchObject({ kind: 'conflict', code: 'address_taken' });
    end();
  });

  it('forgets at its start what it answered to old keys, and keeps the others', async () => {
    const keys = "SELECT key FROM idempotency WHERE key IN ('old', 'new')";
    const ages = "('u', 'old', '', now() - interval '2 days'), ('u', 'new', '', now())";
    const { manager } = app.get(Database);
    await manager.query(`INSERT INTO idempotency (user_id, key, request_hash, created_at) VALUES ${ages}`);
    const again = await testApp(SmallModule, 'network');
    try {
      await eventually(async () => (await manager.query<object[]>(keys)).length < 2);
    } finally {
      await again.stop();
    }
    expect(await manager.query(keys)).toEqual([{ key: 'new' }]);
  });

  it('is healthy on a port of its own', async () => {
    expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
  });
});

describe('a test database', () => {
  it('holds the schemas that were asked for and goes when it is stopped', async () => {
    const own = { schema: 'small', entities: [], migrations: [] };
    const database = await testDatabase([own]);
    expect(await database.em.query('SELECT count(*)::int AS n FROM work')).toEqual([{ n: 0 }]);
    expect(await database.em.query('SELECT count(*)::int AS n FROM quota.ledger')).toEqual([{ n: 0 }]);
    await database.stop();
    await expect(database.em.query('SELECT 1')).rejects.toThrow();
  });
});
