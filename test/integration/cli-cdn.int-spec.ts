/** Content published and fetched with `nubo`; the built program against the whole gateway. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  addSigningKey,
  createDistribution,
  createRelease,
  deleteDistribution,
  getDistribution,
  listDistributions,
  listReleases,
  notFound,
  openContent,
  purgeDistribution,
  readTraffic,
  removeSigningKey,
  rollBack,
  routeDistribution,
  unprocessable,
  updateDistribution,
} from '@nubo/contracts';
import { CliFixture, ID, OTHER } from './cli-fixtures';
import type { CliProcesses } from './cli-process';

jest.setTimeout(60_000);

const ARCHIVE = Buffer.alloc(3_000_000, 'what an archive holds ');
const MANIFEST = 'a'.repeat(64);
const CUSTOMER = '3b1f8a526c0d4f6e9d2a5e7c4b8a9f10';
const AT = '2026-05-04T10:00:00.000Z';

const weight = (location: string, of: number): object => ({ location, weight: of });
const instance = (more: object = {}): object => ({
  ...{ id: OTHER, role: 'edge', location: 'loc1', address: '190.0.0.4', state: 'serving', stateReason: null },
  ...{ release: 2, manifest: MANIFEST, url: 'http://203.0.113.10:4001', ...more },
});
const site = (more: object = {}): object => ({
  ...{ id: ID, name: 'site', tenantId: ID, metadata: {}, version: 1, state: 'ready', stateReason: null },
  ...{ createdAt: AT, updatedAt: AT, customerId: CUSTOMER, locations: ['loc1', 'loc2'], vpcId: ID },
  ...{ subnet: '190.0.0.0/24', runtime: 'container', origin: null, keepReleases: 5, release: 2 },
  weights: [weight('loc1', 1), weight('loc2', 3)],
  ...{ signed: false, url: 'http://203.0.113.10:4000' },
  instances: [instance(), instance({ location: 'loc2', state: 'down', stateReason: 'it does not answer' })],
  ...more,
});
const release = (more: object = {}): object => ({
  ...{ id: OTHER, distributionId: ID, number: 2, state: 'active', stateReason: null, manifest: MANIFEST },
  ...{ files: 3, bytes: 4096, shippedBytes: 1024, createdAt: AT, ...more },
});

describe('nubo cdn', () => {
  const fixture = CliFixture.install();
  const run: CliProcesses['run'] = (...given) => fixture.nubo.run(...given);
  const file = (): string => join(fixture.nubo.home, 'site.tar.gz');
  const inputsOf = (op: { subject: string }): unknown[] =>
    fixture.gateway.services.calls.filter(({ subject }) => subject === op.subject).map(({ input }) => input);
  /** The internal port of the cdn service, and a customer's controller. */
  let server: Server;
  let handle: RequestListener;
  let received: Buffer[];

  beforeAll(async () => {
    server = createServer((request, response) => handle(request, response)).listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
  });
  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
  });
  beforeEach(() => {
    fixture.logIn();
    writeFileSync(file(), ARCHIVE);
    received = [];
    handle = (request, response) =>
      void buffer(request).then((body) => {
        received.push(body);
        response.end(JSON.stringify({ id: ID, manifest: MANIFEST, files: 3, bytes: 4096 }));
      });
    const { services } = fixture.gateway;
    const content = { id: ID, manifest: null, files: 0, bytes: 0 };
    services.answer(openContent, () => ({ url: `${at()}/`, ticket: 'once', content }));
    services.answer(createDistribution, () => site({ state: 'creating' }));
    services.answer(getDistribution, () => site());
    services.answer(createRelease, () => release({ state: 'ready' }));
    services.answer(listReleases, () => ({ items: [release(), release({ number: 1, state: 'ready' })] }));
    services.answer(routeDistribution, () => ({ url: at(), near: null }));
    services.answer(listDistributions, () => ({ items: [site()] }));
  });
  const at = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  describe('publishes', () => {
    it('a file, saying how far it is', async () => {
      const args = ['cdn', 'add', file(), '190.0.0.0/24', 'loc1', 'loc2', '--name', 'site', '--keep', '3'];
      const { code, stdout, stderr } = await run(args);
      expect({ code, stdout }).toEqual({ code: 0, stdout: `distribution site is ready. ${ID}\n` });
      expect(stderr).toContain('site.tar.gz: uploading 100 %');
      expect(received[0]?.equals(ARCHIVE)).toBe(true);
      expect(inputsOf(createDistribution)).toEqual([
        {
          ...{ name: 'site', subnet: '190.0.0.0/24', locations: ['loc1', 'loc2'], keepReleases: 3 },
          content: MANIFEST,
        },
      ]);
    });

    it('what a URL or a path of the platform’s leads to, or an origin serves, sending nothing', async () => {
      const place = ['190.0.0.0/24', 'loc1'];
      await run(['cdn', 'add', 'https://files.example/site.zip', ...place]);
      await run(['cdn', 'add', '/srv/site.zip', ...place, '--on-server']);
      await run(['cdn', 'add', ...place, '--origin', 'https://www.example', '--weight', 'loc1=2']);
      for (const weight of ['loc1', 'loc1=-1', '=3'])
        expect(await run(['cdn', 'add', file(), ...place, '--weight', weight])).toMatchObject({ code: 2 });
      const wanted = { subnet: '190.0.0.0/24', locations: ['loc1'] };
      expect(inputsOf(createDistribution)).toEqual([
        { ...wanted, srcdata: 'https://files.example/site.zip' },
        { ...wanted, srcdata: '/srv/site.zip' },
        { ...wanted, origin: 'https://www.example', weights: [weight('loc1', 2)] },
      ]);
      expect(received).toEqual([]);
    });

    it('nothing without a location, and no file that is not there', async () => {
      expect(await run(['cdn', 'add', file(), '190.0.0.0/24'])).toMatchObject({ code: 2 });
      const missing = await run(['cdn', 'add', `${file()}2`, '190.0.0.0/24', 'loc1']);
      expect(missing).toMatchObject({ code: 1 });
      expect(missing.stderr).toContain('cannot be read');
      expect(fixture.gateway.services.calls).toEqual([]);
    });

    it('nothing when the archive is refused, and says why', async () => {
      handle = (request, response) =>
        void buffer(request).then(() => {
          const wire = unprocessable('bad_archive', 'It leaves the tree.', { entry: '../x' }).toWire();
          response.writeHead(422).end(JSON.stringify(wire));
        });
      const { code, stderr } = await run(['cdn', 'add', file(), '190.0.0.0/24', 'loc1']);
      expect(code).toBe(1);
      expect(stderr).toContain('nubo: It leaves the tree.');
      expect(inputsOf(createDistribution)).toEqual([]);
    });
  });

  describe('releases', () => {
    it('a file, and waits until it is served', async () => {
      let looks = 0;
      fixture.gateway.services.answer(getDistribution, () =>
        site({ state: ++looks < 3 ? 'updating' : 'ready' }),
      );
      const { stdout } = await run(['cdn', 'release', ID, file()]);
      expect(stdout).toBe(`Release 2 of ${ID} is active.\n`);
      expect(looks).toBe(3);
      expect(received[0]?.equals(ARCHIVE)).toBe(true);
      expect(inputsOf(createRelease)).toEqual([{ id: ID, content: MANIFEST }]);
    });

    it('waits for what the platform fetches, also while the release before is served', async () => {
      let looks = 0;
      fixture.gateway.services.answer(createRelease, () => release({ state: 'waiting' }));
      fixture.gateway.services.answer(listReleases, () => ({
        items: [release({ state: ++looks < 3 ? 'waiting' : 'active' })],
      }));
      const view = await fixture.nubo.json('cdn', 'release', ID, 'https://files.example/site.zip');
      expect(view).toEqual(release());
      expect(looks).toBe(3);
    });

    it('fails as the release does', async () => {
      const failed = release({ state: 'error', stateReason: 'The archive is a bomb.' });
      fixture.gateway.services.answer(listReleases, () => ({ items: [failed] }));
      const { code, stderr } = await run(['cdn', 'release', ID, 'https://files.example/site.zip']);
      expect(code).toBe(1);
      expect(stderr).toContain('is in state error: The archive is a bomb.');
    });

    it('does not wait when told so', async () => {
      const args = ['cdn', 'release', ID, 'https://files.example/site.zip', '--no-wait'];
      expect((await run(args)).stdout).toBe(`Release 2 of ${ID} is ready; the work goes on.\n`);
      expect(inputsOf(listReleases)).toEqual([]);
    });

    it('are listed, and gone back to', async () => {
      const { stdout } = await run(['cdn', 'releases', ID]);
      expect(stdout.split('\n')[1]).toMatch(/^ *2 +active +3 +4\.0 KiB +1\.0 KiB +2026-05-04 10:00 +a{64}/);
      fixture.gateway.services.answer(rollBack, () => site({ state: 'updating', release: 1 }));
      expect((await run(['cdn', 'rollback', ID])).stdout).toBe(`distribution site is ready. ${ID}\n`);
      await run(['cdn', 'rollback', ID, '1']);
      expect(inputsOf(rollBack)).toEqual([{ id: ID }, { id: ID, release: 1 }]);
    });
  });

  it('shows what each instance serves', async () => {
    const { stdout } = await run(['cdn', 'show', ID]);
    expect(stdout).toContain(`customer id    ${CUSTOMER}`);
    expect(stdout).toMatch(/^ROLE +LOCATION +STATE +ADDRESS +RELEASE +URL +REASON$/m);
    expect(stdout).toMatch(
      /^edge +loc2 +down +190\.0\.0\.4 +2 +http:\/\/203.0.113.10:4001 +it does not answer$/m,
    );
    expect(stdout).toMatch(/^weights +loc1=1, loc2=3$/m);
    expect(await fixture.nubo.json('cdn', 'show', ID)).toEqual(site());
  });

  it('changes, purges and removes', async () => {
    const { services } = fixture.gateway;
    services.answer(updateDistribution, () => site({ state: 'updating' }));
    services.answer(purgeDistribution, () => site({ state: 'updating' }));
    services.answer(deleteDistribution, () => site({ state: 'deleting' }));
    await run(['cdn', 'update', ID, '--locations', 'loc2', 'loc3', '--weight', 'loc2=3', '--keep', '2']);
    expect(inputsOf(updateDistribution)).toEqual([
      { id: ID, locations: ['loc2', 'loc3'], weights: [weight('loc2', 3)], keepReleases: 2 },
    ]);
    for (const what of [['--all'], ['--prefix', '/img/'], ['--path', '/a.css']])
      expect(await run(['cdn', 'purge', ID, ...what])).toMatchObject({ code: 0 });
    for (const what of [[], ['--all', '--path', '/a.css']])
      expect(await run(['cdn', 'purge', ID, ...what])).toMatchObject({ code: 2 });
    expect(inputsOf(purgeDistribution)).toEqual([
      { id: ID, kind: 'all' },
      { id: ID, kind: 'prefix', path: '/img/' },
      { id: ID, kind: 'path', path: '/a.css' },
    ]);
    services.answer(getDistribution, () => {
      throw notFound('distribution', ID);
    });
    expect((await run(['cdn', 'rm', ID])).stdout).toBe('distribution site is gone.\n');
  });

  it('adds a key, showing its secret before it waits, and removes it', async () => {
    const { services } = fixture.gateway;
    services.answer(addSigningKey, () => ({ id: OTHER, secret: 's3cret' }));
    services.answer(removeSigningKey, () => ({}));
    services.answer(getDistribution, () => site({ state: 'updating' }));
    const { code, stdout } = await run(['cdn', 'key', 'add', ID, '--timeout', '300ms']);
    expect({ code, stdout }).toEqual({ code: 7, stdout: `Key ${OTHER}, secret s3cret (shown this once)\n` });
    services.answer(getDistribution, () => site());
    expect((await run(['cdn', 'key', 'rm', ID, OTHER])).stdout).toBe(`Key ${OTHER} is gone.\n`);
    expect(inputsOf(removeSigningKey)).toEqual([{ id: ID, keyId: OTHER }]);
  });

  it('tells what edges answered', async () => {
    const counts = { requests: 12, bytes: 4096, hits: 10, errors: 0 };
    const view = {
      id: ID,
      stepMinutes: 1,
      minutes: [{ minute: AT, instanceId: OTHER, location: 'loc1', ...counts }],
    };
    fixture.gateway.services.answer(readTraffic, () => view);
    const { stdout } = await run(['cdn', 'traffic', ID, '--minutes', '5']);
    expect(stdout).toMatch(/2026-05-04 10:00 +loc1 +12 +4\.0 KiB +10 +0/);
    expect(inputsOf(readTraffic)).toEqual([{ id: ID, minutes: 5 }]);
  });

  it('writes CSV, page after page under one line of names', async () => {
    let page = 0;
    fixture.gateway.services.answer(listDistributions, () => ({
      items: [site({ name: `site-${++page}` })],
      ...(page < 3 && { next: `after-${page}` }),
    }));
    const lines = (await run(['cdn', 'csv', 'locations=loc1'])).stdout.trimEnd().split('\n');
    expect(lines[0]).toContain('customerId,name,state');
    expect(lines.slice(1).map((line) => line.split(',')[1])).toEqual(['site-1', 'site-2', 'site-3']);
  });

  describe('fetches', () => {
    let asked: string[];
    beforeEach(() => {
      asked = [];
      handle = (request, response) => {
        asked.push(request.url ?? '');
        const found = request.url?.startsWith('/a%20b/page.html');
        response.setHeader('Content-Type', found ? 'text/html' : 'text/plain');
        response.writeHead(found ? 200 : 404).end(found ? ARCHIVE : 'nothing here');
      };
    });

    it('from a location, for a user, without a session', async () => {
      await run(['logout']);
      const args = ['/a b/page.html', '--location', 'loc2', '--user', 'grace@red.example'];
      const { code, stdout } = await run(['cdn', 'get', CUSTOMER, ...args]);
      expect(code).toBe(0);
      expect(stdout).toBe(ARCHIVE.toString());
      expect(asked).toEqual(['/a%20b/page.html?location=loc2']);
      expect(inputsOf(routeDistribution)).toEqual([{ customerId: CUSTOMER, user: 'grace@red.example' }]);
    });

    it('into a file, of a distribution by its name', async () => {
      const target = join(fixture.nubo.home, 'page.html');
      const { stdout } = await run(['cdn', 'get', 'site', 'a b/page.html', '-o', target]);
      expect(stdout).toBe(`${target}: ${ARCHIVE.length} bytes, text/html.\n`);
      expect(readFileSync(target).equals(ARCHIVE)).toBe(true);
    });

    it('nothing that is not there', async () => {
      const { code, stdout, stderr } = await run(['cdn', 'get', CUSTOMER, '/missing']);
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toContain('/missing is not there: 404 Not Found.');
    });
  });
});
