import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utils } from 'ssh2';
import { removeFolder } from './files';
import { ensureKeys, rotateSecretsKey } from './keys';

describe('the keys of the platform', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nubo-keys-'))));
  afterEach(() => removeFolder(folder));

  const keyDir = (): string => join(folder, 'keys');
  const contents = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(keyDir()).map((file) => [file, readFileSync(join(keyDir(), file), 'utf8')]),
    );

  it('are readable by their owner alone', () => {
    ensureKeys(keyDir());
    const modes = readdirSync(keyDir()).map((file) => statSync(join(keyDir(), file)).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o600]));
    expect(statSync(keyDir()).mode & 0o777).toBe(0o700);
  });

  it('stay the same at the next start', () => {
    ensureKeys(keyDir());
    const first = contents();
    ensureKeys(keyDir());
    expect(contents()).toEqual(first);
  });

  it('leave a password alone that the operator has put there', () => {
    mkdirSync(keyDir());
    writeFileSync(join(keyDir(), 'postgres.password'), 'chosen\n');
    expect(ensureKeys(keyDir()).postgresPassword).toBe('chosen');
  });

  it('are made anew after a crash between the two halves of a pair, and fit each other', () => {
    const keys = ensureKeys(keyDir());
    removeFolder(keys.sshKeyFile);
    ensureKeys(keyDir());
    const parsed = utils.parseKey(readFileSync(keys.sshKeyFile));
    if (parsed instanceof Error) throw parsed;
    expect(parsed.type).toBe('ssh-ed25519');
    const [, body] = readFileSync(keys.sshPublicKeyFile, 'utf8').split(' ');
    expect(parsed.getPublicSSH().toString('base64')).toBe(body);
  });

  it('sign tokens on the curve P-256, as ES256 wants', () => {
    const keys = ensureKeys(keyDir());
    const derived = createPublicKey(createPrivateKey(readFileSync(keys.jwtKeyFile)));
    expect(derived.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(derived.export({ type: 'spki', format: 'pem' })).toBe(readFileSync(keys.jwtPublicKeyFile, 'utf8'));
  });

  it('seal variables with the newest, and keep those before', () => {
    const { secretsKeyFile } = ensureKeys(keyDir());
    const first = readFileSync(secretsKeyFile, 'utf8');
    rotateSecretsKey(keyDir());
    const [now = '', ...before] = readFileSync(secretsKeyFile, 'utf8').trim().split('\n');
    expect(Buffer.from(now, 'base64url')).toHaveLength(32);
    expect([`${now}\n` === first, `${before.join()}\n` === first]).toEqual([false, true]);
    expect(statSync(secretsKeyFile).mode & 0o777).toBe(0o600);
    ensureKeys(keyDir());
    expect(readFileSync(secretsKeyFile, 'utf8')).toBe(`${now}\n${first}`);
  });

  it('give every user of the bus another password', () => {
    const passwords = Object.values(ensureKeys(keyDir()).natsPasswords);
    expect(new Set(passwords).size).toBe(passwords.length);
    expect(Math.min(...passwords.map((password) => password.length))).toBeGreaterThanOrEqual(32);
  });
});
