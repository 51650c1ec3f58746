import { randomUUID } from 'node:crypto';
import {
  deleteMapping,
  discardMapping,
  ensureMapping,
  serviceContext,
  updateMapping,
  type EnsureMapping,
  type MappingView,
  type PortView,
  type Principal,
} from '@nubo/contracts';
import { Database } from '@nubo/persistence';
import { ledgerCount, openAccount } from '@nubo/quota';
import {
  contextOf,
  eventually,
  someone,
  testApp,
  testDatabase,
  type TestApp,
  type TestDatabase,
} from '@nubo/testing';
import type { EntityManager } from 'typeorm';
import { Mapping } from '../../../../libs/entities/src/pat';
import { PatModule } from '../pat.module';
import { RouterNatDriver } from '../router-nat/router-nat.driver';
import { NetworkInMemory } from '../testing/network-in-memory';
import { RoutersInMemory } from '../testing/routers-in-memory';

jest.setTimeout(30_000);

const cdn = serviceContext('cdn', randomUUID());

describe('a mapping that another service keeps', () => {
  const network = new NetworkInMemory();
  let database: TestDatabase;
  let app: TestApp;
  let em: EntityManager;
  let ada: Principal;
  let port: PortView;
  let wanted: EnsureMapping;

  beforeAll(async () => {
    database = await testDatabase();
    app = await testApp(PatModule, 'pat', { overrides: [[RouterNatDriver, new RoutersInMemory()]] });
    await network.answer(app);
    em = app.get(Database).manager;
  });
  afterAll(async () => {
    await app?.stop();
    await database?.stop();
  });
  beforeEach(async () => {
    ada = someone('owner');
    await openAccount(em, ada.tenantId ?? '');
    port = network.port(network.router(randomUUID(), ada.tenantId));
    const { tenantId, userId } = ada;
    const who = { tenantId, userId, managedBy: 'cdn' as const };
    wanted = { id: randomUUID(), instanceId: port.instanceId, ...who, name: 'shop-loc1', targetPort: 80 };
  });

  const ensure = (): Promise<MappingView> => app.call(ensureMapping, cdn, wanted);

  it('is made once under the id that was given, however many ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, ensure));
    expect(new Set(answers.map(({ id, externalPort }) => `${id} ${externalPort}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ id: wanted.id, portId: port.id, managedBy: 'cdn', targetPort: 80 });
    expect(await ledgerCount(em, ada.tenantId ?? '')).toBe(1);
  });

  it('waits for the port of its instance', async () => {
    wanted.instanceId = randomUUID();
    await expect(ensure()).rejects.toMatchObject({ kind: 'not_found' });
    expect(await em.countBy(Mapping, { id: wanted.id })).toBe(0);
  });

  it('cannot be changed or deleted by its user', async () => {
    const { id } = await ensure();
    const change = app.call(updateMapping, contextOf(ada), { id, targetPort: 22 });
    await expect(change).rejects.toMatchObject({ code: 'managed' });
    await expect(app.call(deleteMapping, contextOf(ada), { id })).rejects.toMatchObject({ code: 'managed' });
  });

  it('goes when it is discarded, once or twice', async () => {
    const { id } = await ensure();
    await app.call(discardMapping, cdn, { id });
    await app.call(discardMapping, cdn, { id });
    await eventually(async () => !(await em.existsBy(Mapping, { id })));
    await app.call(discardMapping, cdn, { id });
    expect(await ledgerCount(em, ada.tenantId ?? '')).toBe(0);
  });
});
