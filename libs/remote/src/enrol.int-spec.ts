import { mkdtempSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enrol } from './enrol';
import { newPrivateKey, publicKeyOf } from './keys';
import { scanHostKey } from './scan-host-key';
import { TestSshd, type TestSshdOptions } from './testing/test-sshd';

const privateKey = newPrivateKey();
const publicKey = publicKeyOf(privateKey);
const password = 'correct horse';
let home: string;
let server: TestSshd | undefined;

beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'nubo-enrol-'))));

afterEach(async () => {
  await server?.stop();
  rmSync(home, { recursive: true });
});

async function host(options: TestSshdOptions = {}): Promise<TestSshd> {
  const env = { HOME: home, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  server = await TestSshd.start({ password, env, ...options });
  server.authorized.add(publicKey);
  return server;
}

const ask = ({ port }: TestSshd, change: object = {}) =>
  enrol({ address: '127.0.0.1', port, user: 'root', password, privateKey, ...change });
const keys = () => readFileSync(join(home, '.ssh', 'authorized_keys'), 'utf8');

describe('the enrolment of a host', () => {
  it.each([{}, { keyboardInteractive: true }])(
    'installs the key with the password once and pins %p',
    async (how) => {
      const h1 = await host(how);
      expect(await ask(h1)).toEqual({ hostKey: h1.fingerprint, sudo: false });
      expect(keys()).toBe(`${publicKey} nubo\n`);
      expect(statSync(join(home, '.ssh')).mode & 0o777).toBe(0o700);
      expect(statSync(join(home, '.ssh', 'authorized_keys')).mode & 0o777).toBe(0o600);
    },
  );

  it('may be repeated, and keeps the keys of others', async () => {
    const h1 = await host();
    mkdirSync(join(home, '.ssh'));
    writeFileSync(join(home, '.ssh', 'authorized_keys'), 'ssh-ed25519 AAAAother somebody');
    await ask(h1);
    await ask(h1);
    expect(keys()).toBe(`ssh-ed25519 AAAAother somebody\n${publicKey} nubo\n`);
  });

  it('says that the password is wrong, and never what it was', async () => {
    const h1 = await host();
    const error: unknown = await ask(h1, { password: 'hunter2' }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      kind: 'auth',
      message: `host 127.0.0.1:${h1.port}: does not let root in with this password`,
    });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('hunter2');
    expect(h1.commands).toEqual([]);
  });

  it('says that the password is wrong when it is asked for by keyboard-interactive too', async () => {
    const h1 = await host({ keyboardInteractive: true });
    await expect(ask(h1, { password: 'hunter2' })).rejects.toMatchObject({ kind: 'auth' });
    expect(h1.credentials.filter((tried) => tried.startsWith('keyboard'))).toEqual([
      'keyboard-interactive hunter2',
    ]);
  });

  it('sends the password to no command', async () => {
    const h1 = await host();
    await ask(h1);
    expect(h1.commands.join('\n')).not.toContain(password);
  });

  it('fails when the key is installed but not accepted', async () => {
    const h1 = await host();
    h1.authorized.clear();
    await expect(ask(h1)).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('with this key') as string,
    });
  });

  it('shows no password to a host whose key is not the expected one', async () => {
    const h1 = await host();
    await expect(ask(h1, { hostKey: 'SHA256:other' })).rejects.toMatchObject({ kind: 'host-key-changed' });
    expect(h1.credentials).toEqual([]);
  });

  it('ends in its time when the host does not answer', async () => {
    const h1 = await host();
    h1.mute = true;
    const started = performance.now();
    await expect(ask(h1, { timeoutMs: 1_000 })).rejects.toMatchObject({ kind: 'timeout' });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it.each([
    ['tells that commands need sudo', 'exit 0', { sudo: true }],
    ['refuses a user that cannot become root', 'echo a password is required >&2; exit 1', undefined],
  ])('%s', async (_what, sudo, expected) => {
    const bin = join(home, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'id'), '#!/bin/sh\necho 1000\n', { mode: 0o700 });
    writeFileSync(join(bin, 'sudo'), `#!/bin/sh\n${sudo}\n`, { mode: 0o700 });
    const h1 = await host({ env: { HOME: home, PATH: `${bin}:/usr/bin:/bin` } });
    const enrolled = ask(h1, { user: 'alice' });
    if (expected) expect(await enrolled).toMatchObject(expected);
    else {
      await expect(enrolled).rejects.toMatchObject({
        kind: 'exit',
        message: `host 127.0.0.1:${h1.port}: alice is not root and may not use sudo without a password: a password is required`,
      });
    }
  });

  it('says that nobody listens', async () => {
    const h1 = await host();
    const { port } = h1;
    await h1.stop();
    server = undefined;
    await expect(
      enrol({ address: '127.0.0.1', port, user: 'root', password, privateKey }),
    ).rejects.toMatchObject({
      kind: 'unreachable',
    });
  });
});

describe('a look at a host key', () => {
  it('takes no credential', async () => {
    const h1 = await host();
    expect(await scanHostKey('127.0.0.1', h1.port)).toBe(h1.fingerprint);
    expect(h1.credentials).toEqual([]);
  });
});
