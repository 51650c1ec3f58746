/** Uploads while real processes are killed; the whole platform, over HTTP, behind a line that is slow. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { ImageView, SessionView, TenantRegistered } from '@nubo/contracts';
import { eventually } from '@nubo/testing';
import { RestClient, RestError } from '../../demo/rest-client';
import { removeFolder } from '../../stack/files';
import { caughtMails } from '../../stack/mail';
import { startPlatform, type Platform } from '../../stack/platform';
import { freePort } from '../../stack/ports';
import type { ServiceName } from '../../stack/service-specs';
import { temporaryFolder } from '../../stack/testing';
import { CliProcesses, ended } from './cli-process';

jest.setTimeout(240_000);

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
const ADA = { email: 'ada@blue.example', password: 'tomatoes-and-basil' };
/** A raw disk that no part of is like another. */
const CONTENT = randomBytes(40 * 1024 * 1024);
CONTENT.writeUInt16BE(0x55aa, 510);
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
/** At 64 KiB per step. */
const STEP_MS = 10;

let folder: string;
let platform: Platform;
let line: Server;
let rest: RestClient;
let session: SessionView;

beforeAll(async () => {
  folder = temporaryFolder();
  platform = await startPlatform({
    dataDir: join(folder, 'data'),
    httpPort: await freePort(),
    mail: 'catcher',
    fsync: false,
    env: { NUBO_LOG_LEVEL: 'warn' },
  });
  line = createServer((near) => {
    const { hostname, port } = new URL(platform.gatewayUrl);
    const far = connect(Number(port), hostname);
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.pipe(slow()).pipe(far);
    far.pipe(near);
  }).listen(0, '127.0.0.1');
  await once(line, 'listening');
  session = await register();
  rest = new RestClient(platform.gatewayUrl, session.token);
});
afterAll(async () => {
  line?.close();
  await platform?.stop();
  if (folder) removeFolder(folder);
});

const slow = (): Transform =>
  new Transform({
    highWaterMark: 65_536,
    transform: (chunk, _, done) => void pause(STEP_MS).then(() => done(null, chunk)),
  });
const lineUrl = (): string => `http://127.0.0.1:${(line.address() as AddressInfo).port}`;

async function register(): Promise<SessionView> {
  const open = new RestClient(platform.gatewayUrl);
  await open.post<TenantRegistered>('/iaas/tenants', { name: 'blue-lab', ...ADA });
  const tenantId = await eventually(async () => {
    const mails = await caughtMails(platform.mailUrl ?? '', ADA.email);
    return UUID.exec(mails.at(-1)?.text ?? '')?.[0];
  });
  await open.post(`/iaas/tenants/${tenantId}/activation`, { password: ADA.password });
  return open.post<SessionView>('/iaas/sessions', ADA);
}

const look = (id: string): Promise<ImageView> => rest.get<ImageView>(`/iaas/images/${id}`);
const announce = (): Promise<ImageView> =>
  rest.post<ImageView>('/iaas/images', { upload: true, name: 'disk', size: CONTENT.length, sha256: SHA256 });
const becomesReady = (id: string): Promise<ImageView> =>
  eventually(
    async () => {
      const image = await look(id);
      if (image.state === 'ready') return image;
      throw new TypeError(`${image.state}: ${image.stateReason}`);
    },
    { withinMs: 60_000, everyMs: 250 },
  );

/** The answer's status; 0 when the connection broke. */
const send = (id: string, offset: number): Promise<number> =>
  fetch(`${lineUrl()}/iaas/images/${id}/content?offset=${offset}`, {
    method: 'PUT',
    headers: { authorization: session.token, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(CONTENT.subarray(offset)),
  }).then(
    ({ status }) => status,
    () => 0,
  );

/** Ends a service's process once something of the image is on the disk for sure; answers when it is back. */
async function kill(name: ServiceName, id: string, more = 0): Promise<number> {
  const received = await eventually(
    async () => {
      const { state, received } = await look(id);
      if (state !== 'uploading') throw new TypeError(`too late: ${state}`);
      return (received ?? 0) > more && received;
    },
    { withinMs: 60_000 },
  );
  const { [name]: service } = platform.services;
  const { pid } = service;
  service.kill('SIGKILL');
  await service.untilReady();
  expect(service.pid).not.toBe(pid);
  return received;
}

/** Nobody writes it any more, and the row says how much is there. */
async function goneOn(id: string): Promise<number> {
  const offset = await eventually(
    async () => {
      const refusal = await rest
        .send('PUT', `/iaas/images/${id}/content?offset=${CONTENT.length}`, undefined, OCTETS)
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      if (!(refusal instanceof RestError)) throw new TypeError(String(refusal));
      const { code, received } = refusal.problem as RestError['problem'] & { received?: number };
      if (code !== 'wrong_offset') throw refusal;
      return received;
    },
    { withinMs: 40_000, everyMs: 500 },
  );
  expect((await look(id)).received).toBe(offset);
  return offset;
}
const OCTETS = { 'content-type': 'application/octet-stream' };

describe.each<ServiceName>(['compute', 'gateway'])('an upload during which %s is killed', (name) => {
  it('goes on at the byte that was flushed, and is what was sent', async () => {
    const { id } = await announce();
    const answer = send(id, 0);
    const flushed = await kill(name, id);
    expect([0, 502, 503]).toContain(await answer);
    const offset = await goneOn(id);
    expect(offset).toBeGreaterThanOrEqual(flushed);
    expect(offset).toBeLessThan(CONTENT.length);
    expect(await send(id, offset)).toBe(200);
    expect(await becomesReady(id)).toMatchObject({ sha256: SHA256, received: CONTENT.length });
  });
});

it('nubo image upload survives both kills in one go', async () => {
  const home = join(folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  const nubo = new CliProcesses(home, lineUrl());
  expect(await nubo.run(['login', ADA.email, ADA.password])).toMatchObject({ code: 0 });
  const file = join(home, 'disk.raw');
  writeFileSync(file, CONTENT);
  const uploading = ended(nubo.start(['image', 'upload', file, 'survivor', '--sha256', SHA256, '--json']));
  const { id } = await eventually(async () => {
    const found = await rest.get<ImageView[]>('/iaas/images?query=name%3Dsurvivor');
    return found[0];
  });
  const before = await kill('compute', id);
  await kill('gateway', id, before);
  const { code, stderr } = await uploading;
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  expect(await look(id)).toMatchObject({ state: 'ready', sha256: SHA256 });
});
