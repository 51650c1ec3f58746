import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder } from '../files';
import { temporaryFolder } from '../testing';
import { install, type InstallOptions, type InstallReport } from './install';
import { installText } from './report-text';
import { uninstall } from './uninstall';

const SMTP_URL = 'smtps://ada:mail-s3cret@mail.example:465';

describe('an installation below a folder', () => {
  let prefix: string;
  let first: InstallReport;

  const installed = (changes: Partial<InstallOptions> = {}): Promise<InstallReport> =>
    install({ prefix, start: true, environment: {}, ...changes });
  const at = (...path: string[]): string => join(prefix, ...path);
  const unitFolder = (): string => at('etc/systemd/system');
  const units = (): string[] => readdirSync(unitFolder()).map((name) => join(unitFolder(), name));
  const mode = (path: string): number => statSync(path).mode & 0o777;
  const tree = (): string =>
    execFileSync('sh', ['-c', 'find . -type f | sort | xargs sha256sum'], { cwd: prefix, encoding: 'utf8' });
  /** Every generated secret: what is in the key folder, and the operator's password. */
  const secrets = (): string[] => {
    const keys = readdirSync(at('var/lib/nubo/keys')).filter((name) => name.endsWith('.password'));
    return ['mail-s3cret', ...keys.map((name) => readFileSync(at('var/lib/nubo/keys', name), 'utf8').trim())];
  };

  beforeAll(async () => {
    prefix = temporaryFolder();
    first = await installed({ environment: { SMTP_URL, NUBO_LOG_LEVEL: 'warn', HOME: '/root' } });
  });
  afterAll(() => removeFolder(prefix));

  it('has a unit for each part of npm start, and a target that wants all of them', () => {
    const names = readdirSync(unitFolder()).sort();
    const services = ['gateway', 'tenant', 'compute', 'network', 'pat', 'cdn', 'hosting'];
    const parts = ['postgres', 'nats', 'migrations', 'sftp', 'web', 'dns', ...services];
    const others = ['nubo-certificates.service', 'nubo-certificates.timer', 'nubo.target'];
    expect(names).toEqual([...parts.map((part) => `nubo-${part}.service`), ...others].sort());
  });

  it('has units that systemd understands, every word of them', () => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...units()], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('confines each part as far as systemd can see', () => {
    const services = units().filter((path) => path.endsWith('.service'));
    const check = ['security', '--offline=true', '--threshold=20', '--no-pager', ...services];
    const { status, stdout } = spawnSync('systemd-analyze', check, { encoding: 'utf8' });
    const levels = stdout.match(/Overall exposure level for .*/g);
    expect({ status, levels }).toEqual({ status: 0, levels: expect.any(Array) as string[] });
  });

  it('keeps secrets out of what anybody can read, and out of every command line', () => {
    const open = execFileSync('find', [prefix, '-type', 'f', '-perm', '/044', '-size', '-200k'], {
      encoding: 'utf8',
    });
    const readable = open
      .trim()
      .split('\n')
      .map((path) => readFileSync(path, 'utf8'));
    expect(readable.length).toBeGreaterThan(15);
    const leaked = secrets().filter((secret) => readable.some((text) => text.includes(secret)));
    expect(leaked).toEqual([]);
  });

  it('keeps settings and keys in files and folders of root', () => {
    const environments = readdirSync(at('etc/nubo/env')).map((name) => at('etc/nubo/env', name));
    const closed = [at('etc/nubo/nubo.env'), at('etc/nubo/installation.json'), ...environments];
    expect(closed.filter((path) => mode(path) !== 0o600)).toEqual([]);
    expect([at('etc/nubo'), at('var/lib/nubo/keys')].map(mode)).toEqual([0o700, 0o700]);
    expect(mode(at('var/log/nubo'))).toBe(0o750);
  });

  it('takes the settings of the operator, and of the shell nothing else', () => {
    const environment = readFileSync(at('etc/nubo/env/tenant.env'), 'utf8');
    expect(environment).toContain(`SMTP_URL="${SMTP_URL}"\n`);
    expect(environment).toContain('NUBO_LOG_LEVEL="warn"\n');
    expect(environment).not.toContain('HOME=');
  });

  it('gives each part the secrets that it needs and no other', () => {
    const withDatabase = readdirSync(at('etc/nubo/env')).filter((name) =>
      readFileSync(at('etc/nubo/env', name), 'utf8').includes('DATABASE_URL='),
    );
    const services = ['cdn', 'compute', 'hosting', 'network', 'pat', 'tenant'];
    expect(withDatabase.sort()).toEqual([...services, 'migrations'].map((name) => `${name}.env`).sort());
  });

  it('changes nothing when it is run again, from another shell', async () => {
    const before = tree();
    const said: string[] = [];
    const again = await installed({
      environment: { NUBO_LOG_LEVEL: 'debug' },
      onProgress: (line) => said.push(line),
    });
    expect(again.files.filter(({ action }) => action !== 'keep')).toEqual([]);
    expect(tree()).toBe(before);
    expect(said.join()).toContain('NUBO_LOG_LEVEL of your shell: not used');
  });

  it('would write nothing in a dry run, and shows no secret', async () => {
    writeFileSync(at('etc/nubo/nubo.env'), `SMTP_URL='${SMTP_URL}'\nNUBO_LOG_LEVEL=error\n`);
    const before = tree();
    const text = installText(await installed({ dryRun: true }), { dryRun: true, start: true });
    expect(tree()).toBe(before);
    expect(text).toContain('# would replace ');
    expect(secrets().filter((secret) => text.includes(secret))).toEqual([]);
  });

  it('follows a changed setting: keys and ports stay, what is no longer needed goes', async () => {
    const keys = secrets().slice(1);
    writeFileSync(at('etc/nubo/nubo.env'), "NATS_URL='nats://bus.example:4222'\n");
    const changed = await installed();
    expect(changed.removed.map((path) => path.slice(prefix.length)).sort()).toEqual([
      '/etc/nubo/env/nats.env',
      '/etc/systemd/system/nubo-nats.service',
    ]);
    expect(readdirSync(unitFolder())).toContain('nubo-mail.service');
    expect(secrets().slice(1)).toEqual(keys);
    expect(changed.ports).toEqual(first.ports);
  });

  it('refuses a folder that the users of the services cannot pass', async () => {
    const closed = at('closed');
    mkdirSync(closed, { mode: 0o700 });
    await expect(installed({ prefix: join(closed, 'in') })).rejects.toThrow(
      `${closed} is closed to the users`,
    );
    expect(readdirSync(closed)).toEqual([]);
  });

  it('is taken away to the last file, and its data stays until it is purged', async () => {
    const purged = (purge: boolean): string[] => {
      uninstall({ prefix, purge });
      const left = execFileSync('find', [prefix, '-type', 'f'], { encoding: 'utf8' }).trim();
      return left.split('\n').filter((path) => path && !path.startsWith(at('var/lib/nubo')));
    };
    expect(purged(false)).toEqual([at('etc/nubo/nubo.env')]);
    expect(readdirSync(at('var/lib/nubo/keys'))).toContain('postgres.password');
    expect(() => uninstall({ prefix, purge: true })).toThrow('Nothing is installed here');
    await installed();
    expect(purged(true)).toEqual([]);
    expect(readdirSync(at('var/lib'))).toEqual([]);
  });
});
