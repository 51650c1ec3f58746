/** Who gets to the files of a project. */
import { randomUUID } from 'node:crypto';
import {
  addSshKey,
  deleteProject,
  removeSshKey,
  resetSftpPassword,
  type CreatedProjectView,
  type Principal,
} from '@nubo/contracts';
import { contextOf } from '@nubo/testing';
import { attemptKey } from '../credentials/attempts.rules';
import { HostingWorld } from '../testing/hosting-world';

jest.setTimeout(60_000);

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Bt3Vn6TZtPNbXEHTBNSi9mdc3RIDZnJWnlJWXVGkr';
const OTHER_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2Bt3Vn6TZtPNbXEHTBNSi9mdc3RIDZnJWnlJWXVGkr';

describe('the SFTP server', () => {
  let world: HostingWorld;
  let ada: Principal;
  let shop: CreatedProjectView;
  let address: string;
  let count = 0;
  beforeAll(async () => {
    world = await HostingWorld.open();
  });
  afterAll(() => world?.stop());
  beforeEach(async () => {
    count += 1;
    address = `192.0.2.${count}`;
    ada = await world.owner();
    shop = await world.ready(ada);
  });

  const tried = (password: string | null, from = address) =>
    world.sftp('sessions', { login: shop.sftp.login, password, address: from });
  const withKey = (publicKey: string, path = 'sessions') =>
    world.sftp(path, { login: shop.sftp.login, publicKey, address });

  it('gets in with the secret only', async () => {
    const body = { login: shop.sftp.login, password: shop.password, address };
    expect((await world.sftp('sessions', body)).status).toBe(201);
    for (const secret of ['', 'between', 'between us!'])
      expect(await world.sftp('sessions', body, { secret })).toMatchObject({
        status: 401,
        body: { code: 'wrong_secret' },
      });
  });

  it('learns whose files they are and what fits, for the right password', async () => {
    expect(await tried(shop.password)).toEqual({
      status: 201,
      body: {
        sessionId: expect.any(String) as string,
        projectId: shop.id,
        limits: { bytes: 1024 ** 3, files: 100_000, fileBytes: 1024 ** 3 / 4 },
      },
    });
  });

  it('learns the same of a wrong password and of a login that is not there', async () => {
    const wrong = await tried('wrong');
    const nobody = await world.sftp('sessions', { login: 'nobody', password: 'wrong', address });
    expect(wrong).toEqual(nobody);
    expect(wrong).toMatchObject({ status: 401, body: { kind: 'unauthenticated', code: 'wrong_login' } });
  });

  it('is told to wait after ten wrong passwords of one client, who keeps nobody else out', async () => {
    for (let n = 0; n < 10; n += 1) expect((await tried('wrong')).status).toBe(401);
    expect(await tried(shop.password)).toMatchObject({
      status: 429,
      body: { code: 'too_many_attempts', details: { retryAfterSeconds: expect.any(Number) as number } },
    });
    expect((await tried(shop.password, '198.51.100.9')).status).toBe(201);
  });

  it('is told no more than ten times that it is wrong, however many are tried at once', async () => {
    const answers = await Promise.all(Array.from({ length: 25 }, (_, n) => tried(`wrong-${n}`)));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  it('is told to wait after thirty wrong passwords of one client at many logins', async () => {
    await world.em.query('INSERT INTO attempts (key) SELECT $1 FROM generate_series(1, 30)', [
      attemptKey({ limit: 'address', of: address }),
    ]);
    expect((await tried(shop.password)).status).toBe(429);
  });

  it('lets a key in that the project has, and no other', async () => {
    await world.app.call(addSshKey, contextOf(ada), { id: shop.id, key: KEY });
    expect((await withKey(KEY, 'keys')).status).toBe(204);
    expect(await withKey(KEY)).toMatchObject({ status: 201, body: { projectId: shop.id } });
    for (const path of ['keys', 'sessions'])
      expect(await withKey(OTHER_KEY, path)).toMatchObject({ status: 401, body: { code: 'wrong_login' } });
  });

  it('is told that a session has ended: with its password, its key, its project', async () => {
    const { id: keyId } = await world.app.call(addSshKey, contextOf(ada), { id: shop.id, key: KEY });
    const byPassword = await world.session(shop, address);
    const byKey = String((await withKey(KEY)).body.sessionId);
    await world.app.call(resetSftpPassword, contextOf(ada), { id: shop.id });
    expect([await world.note(byPassword, {}), await world.note(byKey, {})]).toEqual([404, 204]);
    await world.app.call(removeSshKey, contextOf(ada), { id: shop.id, keyId });
    expect(await world.note(byKey, {})).toBe(404);
    await world.app.call(addSshKey, contextOf(ada), { id: shop.id, key: KEY });
    const last = String((await withKey(KEY)).body.sessionId);
    await world.app.call(deleteProject, contextOf(ada), { id: shop.id });
    expect(await world.note(last, {})).toBe(404);
    expect((await withKey(KEY)).status).toBe(401);
  });

  it('ends a session', async () => {
    const session = await world.session(shop, address);
    expect((await world.sftp(`sessions/${session}`, {}, { method: 'DELETE' })).status).toBe(204);
    expect(await world.note(session, {})).toBe(404);
  });

  it.each([
    ['neither password nor key', {}],
    ['both', { password: 'x', publicKey: KEY }],
    ['what nobody asked for', { password: 'x', role: 'admin' }],
  ])('is refused with %s', async (_, more) => {
    const answer = await world.sftp('sessions', { login: shop.sftp.login, address, ...more });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  it('learns nothing of a session that never was', async () => {
    expect(await world.note(randomUUID(), {})).toBe(404);
    expect(await world.note('..', {})).not.toBe(204);
  });
});
