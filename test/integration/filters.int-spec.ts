/** Every list of every service, asked about every field that its contract declares. */
import { generateKeyPairSync } from 'node:crypto';
import {
  filterOf,
  NuboError,
  PRINTABLE,
  type FilterKind,
  type ListFilter,
  type Operation,
  type ServiceName,
} from '@nubo/contracts';
import {
  contextOf,
  contractOf,
  someone,
  testApp,
  testDatabase,
  type TestApp,
  type TestDatabase,
} from '@nubo/testing';
import fc from 'fast-check';
import { CdnModule } from '../../apps/cdn/src/cdn.module';
import { ComputeModule } from '../../apps/compute/src/compute.module';
import { HostingModule } from '../../apps/hosting/src/hosting.module';
import { NetworkModule } from '../../apps/network/src/network.module';
import { PatModule } from '../../apps/pat/src/pat.module';
import { TenantModule } from '../../apps/tenant/src/tenant.module';

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

const ID = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';
const ANY = ['=*', '!=*'];
const TEXT = ['=x', '!=x', '=a*', '!=*b', '=""'];
const ORDER = ['<', '<=', '>', '>='];
const CONDITIONS: Record<FilterKind, string[]> = {
  text: [...TEXT, ...ORDER.map((order) => `${order}x`)],
  labels: [...TEXT, ...ORDER.map((order) => `${order}x`)],
  texts: TEXT,
  uuid: [`=${ID}`, `!=${ID}`, '=3b1f*'],
  ip: ['=10.0.0.1', '!=10.0.0.1', '=10.0.*'],
  int: ['=', '!=', ...ORDER].map((operator) => `${operator}999999999999999`),
  time: ['=', '!=', ...ORDER].map((operator) => `${operator}2026-05-04T10:00:00Z`),
  flag: ['=true', '!=false'],
};

type AnyList = Operation<object, object>;
const listsOf = (service: ServiceName): [AnyList, ListFilter][] =>
  contractOf(service).flatMap((op): [AnyList, ListFilter][] => {
    const filter = filterOf(op);
    return filter ? [[op, filter]] : [];
  });

describe.each([
  ['tenant', TenantModule],
  ['compute', ComputeModule],
  ['network', NetworkModule],
  ['pat', PatModule],
  ['hosting', HostingModule],
  ['cdn', CdnModule],
] as const)('the lists of %s', (service, root) => {
  let database: TestDatabase;
  let app: TestApp;
  beforeAll(async () => {
    database = await testDatabase();
    app = await testApp(root, service, { settings: SETTINGS });
  });
  afterAll(async () => {
    await app?.stop();
    await database?.stop();
  });

  /** `ok`, or what was refused. */
  async function asked(op: AnyList, query: string, role: 'admin' | 'owner' | 'member'): Promise<string> {
    try {
      await app.call(op, contextOf(someone(role)), { query });
      return 'ok';
    } catch (error) {
      if (error instanceof NuboError)
        return error.kind === 'invalid' ? 'invalid' : `${query}: ${error.message}`;
      throw error;
    }
  }

  it('know every field that they declare, as a column of its kind', async () => {
    const answers: string[] = [];
    for (const [op, { fields }] of listsOf(service)) {
      for (const [field, kind] of Object.entries(fields)) {
        const name = kind === 'labels' ? `${field}.team` : field;
        for (const condition of [...CONDITIONS[kind], ...ANY]) {
          answers.push(await asked(op, name + condition, 'admin'));
        }
      }
    }
    expect(answers.length).toBeGreaterThan(50);
    expect([...new Set(answers)]).toEqual(['ok']);
  });

  it('show to others than administrators all fields but those for administrators', async () => {
    for (const [op, { fields, adminOnly }] of listsOf(service).filter(
      ([{ permission }]) => permission === 'user',
    )) {
      const refused: string[] = [];
      for (const [field, kind] of Object.entries(fields)) {
        const name = kind === 'labels' ? `${field}.team` : field;
        if ((await asked(op, `${name}=*`, 'owner')) !== 'ok') refused.push(field);
      }
      expect(refused).toEqual(adminOnly);
    }
  });

  it('understand any text or refuse it as invalid', async () => {
    const lists = listsOf(service).map(([op]) => op);
    const texts = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => PRINTABLE.test(text)),
    );
    const some = fc.tuple(
      fc.constantFrom(...lists),
      fc.constantFrom('', 'name=', 'metadata.', 'id=', 'createdAt>'),
      texts,
    );
    const property = fc.asyncProperty(some, async ([op, start, text]) => {
      expect(['ok', 'invalid']).toContain(await asked(op, start + text, 'member'));
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
