/** If-Match on every kind of resource, with real rows: of changes at the same time exactly one wins. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import {
  deleteContainer,
  deleteDistribution,
  deleteHost,
  deleteImage,
  deleteMachineType,
  deleteMapping,
  deleteProject,
  deleteSubnet,
  deleteTenant,
  deleteUser,
  deleteVm,
  deleteVpc,
  getHostUse,
  NuboError,
  updateContainer,
  updateDistribution,
  updateHost,
  updateImage,
  updateMachineType,
  updateMapping,
  updateProject,
  updateSubnet,
  updateTenant,
  updateUser,
  updateVm,
  updateVpc,
  type Operation,
  type ServiceName,
} from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { Database, type ResourceEntity } from '@nubo/persistence';
import { Worker } from '@nubo/reconcile';
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
import { CdnModule } from '../../apps/cdn/src/cdn.module';
import { ComputeModule } from '../../apps/compute/src/compute.module';
import { HostingModule } from '../../apps/hosting/src/hosting.module';
import { NetworkModule } from '../../apps/network/src/network.module';
import { PatModule } from '../../apps/pat/src/pat.module';
import { TenantModule } from '../../apps/tenant/src/tenant.module';
import { Container, Image, MachineType, Vm } from '../../libs/entities/src/compute';
import { Subnet, Vpc } from '../../libs/entities/src/network';
import { Distribution } from '../../libs/entities/src/cdn';
import { Project } from '../../libs/entities/src/hosting';
import { Mapping } from '../../libs/entities/src/pat';
import { Tenant, User } from '../../libs/entities/src/tenant';

jest.setTimeout(60_000);

const { privateKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const SETTINGS = {
  NUBO_DATA_DIR: '/nonexistent',
  NUBO_SSH_KEY: 'not used here',
  NUBO_JWT_KEY: privateKey,
  SMTP_URL: 'smtp://127.0.0.1:9',
};

type AnyOperation = Operation<object, object>;
interface Noun {
  entity: new () => ResourceEntity;
  /** Beside what every resource has. */
  columns: object;
  update: AnyOperation;
  remove?: AnyOperation;
}

const VPC = randomUUID();
const place = { hostId: randomUUID(), location: 'loc1' };
const NOUNS: Partial<Record<ServiceName, Noun[]>> = {
  tenant: [
    { entity: Tenant, columns: { state: 'active' }, update: updateTenant, remove: deleteTenant },
    {
      entity: User,
      columns: {
        state: 'active',
        email: 'a@b.example',
        emailKey: 'a@b.example',
        role: 'member',
        passwordHash: 'x',
      },
      update: updateUser,
      remove: deleteUser,
    },
  ],
  compute: [
    { entity: Image, columns: { url: 'http://x' }, update: updateImage, remove: deleteImage },
    {
      entity: Vm,
      columns: {
        ...{ imageId: randomUUID(), ...place, state: 'stopped', wantedState: 'stopped' },
        ...{ vcpus: 1, memoryMib: 64, diskGib: 1 },
      },
      update: updateVm,
      remove: deleteVm,
    },
    {
      entity: Container,
      columns: {
        ...{ imageId: randomUUID(), ...place, idSlot: 0, state: 'stopped', wantedState: 'stopped' },
        ...{ memoryMib: 64, cpu: 100, pids: 64, restart: 'no' },
      },
      update: updateContainer,
      remove: deleteContainer,
    },
    {
      entity: MachineType,
      columns: { vcpus: 1, memoryMib: 64 },
      update: updateMachineType,
      remove: deleteMachineType,
    },
    {
      entity: Host,
      columns: {
        ...{ address: '192.0.2.9', user: 'root', hostKey: 'SHA256:x', roles: ['compute'] },
        ...{ location: 'loc1', state: 'error' },
      },
      update: updateHost,
      remove: deleteHost,
    },
  ],
  network: [
    {
      entity: Vpc,
      columns: {
        id: VPC,
        region: 'loc1',
        hostId: place.hostId,
        externalIp: '203.0.113.7',
        namespace: 'nubo-x',
      },
      update: updateVpc,
      remove: deleteVpc,
    },
    {
      entity: Subnet,
      columns: { vpcId: VPC, cidr: '10.0.0.0/24', gateway: '10.0.0.1', dhcp: true, dns: [], vni: 7 },
      update: updateSubnet,
      remove: deleteSubnet,
    },
  ],
  cdn: [
    {
      entity: Distribution,
      columns: {
        ...{ customerId: 'c', subnet: '190.0.0.0/24', locations: ['loc1'], runtime: 'container' },
        ...{ keepReleases: 5, vpcId: VPC, subnetId: randomUUID() },
      },
      update: updateDistribution,
      remove: deleteDistribution,
    },
  ],
  hosting: [
    {
      entity: Project,
      columns: {
        ...{ template: 'static', login: 'of-a-test-1', passwordHash: 'x' },
        ...{ keepReleases: 5, autoPublish: 'never', quietSeconds: 3 },
      },
      update: updateProject,
      remove: deleteProject,
    },
  ],
  pat: [
    {
      entity: Mapping,
      columns: {
        ...{
          routerId: VPC,
          hostId: place.hostId,
          externalIp: '203.0.113.7',
          protocol: 'tcp',
          externalPort: 4000,
        },
        ...{
          portId: randomUUID(),
          instanceId: randomUUID(),
          targetIp: '10.0.0.2',
          targetPort: 80,
          state: 'active',
        },
      },
      update: updateMapping,
      remove: deleteMapping,
    },
  ],
};

/** How many wait for a lock in this database. */
const WAITING = `SELECT count(DISTINCT pid)::int AS n FROM pg_locks waiting JOIN pg_locks here USING (pid)
  JOIN pg_database d ON d.oid = here.database WHERE NOT waiting.granted AND d.datname = current_database()`;

describe.each([
  ['tenant', TenantModule],
  ['compute', ComputeModule],
  ['network', NetworkModule],
  ['pat', PatModule],
  ['cdn', CdnModule],
  ['hosting', HostingModule],
] as const)('of the resources of %s', (service, root) => {
  let database: TestDatabase;
  let app: TestApp;
  let em: EntityManager;
  const ids = new Map<Noun, string>();

  beforeAll(async () => {
    database = await testDatabase();
    const idle: [typeof Worker, object] = [Worker, { register: () => undefined }];
    app = await testApp(root, service, { settings: SETTINGS, overrides: [idle] });
    if (service === 'compute') await app.bus.answer(getHostUse, () => ({ routers: 0, ports: 0 }));
    em = app.get(Database).manager;
    for (const noun of NOUNS[service] ?? []) {
      const id = randomUUID();
      const row = { id, name: 'of-a-test', tenantId: id, userId: id, state: 'ready', ...noun.columns };
      await em.insert(noun.entity, row);
      ids.set(noun, row.id);
    }
  });
  afterAll(async () => {
    await app?.stop();
    await database?.stop();
  });

  const nouns = (NOUNS[service] ?? []).map((noun): [string, Noun] => [noun.entity.name, noun]);
  const versionOf = async (noun: Noun): Promise<number | undefined> =>
    (await em.findOneBy(noun.entity, { id: ids.get(noun) }))?.version;

  /** `ok`, or the kind of the refusal. */
  async function attempt(op: AnyOperation, noun: Noun, more: object, ifMatch: number): Promise<string> {
    const input = { id: ids.get(noun), ...more };
    try {
      await app.call(op, contextOf(someone('admin'), { ifMatch }), input);
      return 'ok';
    } catch (error) {
      if (error instanceof NuboError) return error.kind;
      throw error;
    }
  }

  /** Starts `race` and keeps the row from it until two wait: without a lock of their own both have read the same version. */
  async function meeting(noun: Noun, race: () => Promise<string[]>): Promise<string[]> {
    const holder = em.connection.createQueryRunner();
    await holder.startTransaction();
    try {
      await holder.manager.findOne(noun.entity, {
        where: { id: ids.get(noun) },
        lock: { mode: 'pessimistic_write' },
      });
      const raced = race();
      await eventually(async () => ((await holder.query(WAITING)) as { n: number }[])[0].n >= 2);
      await holder.commitTransaction();
      return await raced;
    } finally {
      await holder.release();
    }
  }

  it.each(nouns)(
    'a %s that eight change at once is changed by one, and the others are told',
    async (_name, noun) => {
      const version = (await versionOf(noun)) ?? 0;
      const labels = Array.from({ length: 8 }, (_, n) => ({ metadata: { by: `writer-${n}` } }));
      const outcomes = await meeting(noun, () =>
        Promise.all(labels.map((label) => attempt(noun.update, noun, label, version))),
      );
      expect(outcomes.toSorted()).toEqual(['ok', ...Array.from({ length: 7 }, () => 'precondition')]);
      expect(await versionOf(noun)).toBe(version + 1);
      const row = await em.findOneByOrFail(noun.entity, { id: ids.get(noun) });
      expect(row.metadata).toEqual(labels[outcomes.indexOf('ok')]?.metadata);
    },
  );

  it.each(nouns)(
    'a %s that has changed is neither changed nor removed on the strength of what it was',
    async (_name, noun) => {
      const before = await em.findOneBy(noun.entity, { id: ids.get(noun) });
      const stale = (before?.version ?? 0) - 1;
      expect(await attempt(noun.update, noun, { metadata: { by: 'late' } }, stale)).toBe('precondition');
      if (noun.remove) expect(await attempt(noun.remove, noun, {}, stale)).toBe('precondition');
      expect(await em.findOneBy(noun.entity, { id: ids.get(noun) })).toEqual(before);
    },
  );
});
