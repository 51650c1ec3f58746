/** The platform as systemd runs it: installed, killed in parts, booted again and taken away on a machine of its own. */
import { SystemdMachine } from '../../stack/systemd/testing/machine';
import { waitWhile } from '../../stack/wait';

const LONG_MS = 300_000;
jest.setTimeout(LONG_MS);

const CLI = ['/opt/node', '/opt/nubo/dist/stack/cli.js'];

describe('an installed platform', () => {
  const machine = new SystemdMachine();
  let states: Record<string, string>;

  const sh = (command: string): string => machine.run('sh', '-c', command).stdout.trim();
  const pidOf = (unit: string): string => sh(`systemctl show --property=MainPID --value ${unit}`);
  const pids = (): string[] => Object.keys(states).map(pidOf);
  const health = (port: number): string =>
    sh(`curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:${port}/health/ready`);
  const notActive = (): string | undefined => {
    const down = Object.keys(states).filter((unit) => sh(`systemctl is-active ${unit}`) !== 'active');
    return down.join(' ') || undefined;
  };
  const untilAllActive = (): Promise<string | undefined> =>
    waitWhile(notActive, { timeoutMs: LONG_MS / 2, everyMs: 500 });

  beforeAll(() => machine.boot());
  afterAll(() => machine.remove());

  it('runs, every part of it, when the installation is done', () => {
    const { status, stdout, stderr } = machine.run(...CLI, 'install', '--json');
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    ({ states } = JSON.parse(stdout) as { states: Record<string, string> });
    expect(Object.keys(states)).toHaveLength(14);
    expect(new Set(Object.values(states))).toEqual(new Set(['active']));
    expect([8080, 8081, 8082, 8083, 8084, 8085, 8086].map(health)).toEqual(Array(7).fill('200'));
  });

  it('shows no secret in any command line', () => {
    const lines = sh('cat /proc/[0-9]*/cmdline | tr "\\0" "\\n"');
    const secrets = sh('cat /var/lib/nubo/keys/*.password /dev/null | fold -w 32').split('\n');
    expect(lines).toContain('/opt/nubo/dist/apps/gateway/src/main.js');
    expect(secrets.filter((secret) => secret && lines.includes(secret))).toEqual([]);
  });

  it('has no part that runs as root, or that can read the keys of another', () => {
    const users = pids()
      .filter((pid) => pid !== '0')
      .map((pid) => sh(`stat -c %U /proc/${pid}`));
    expect(users.filter((user) => !user.startsWith('nubo-'))).toEqual([]);
    const inGateway = `nsenter -t ${pidOf('nubo-gateway')} -m setpriv --reuid nubo-gateway --clear-groups`;
    const reached = [
      '/var/lib/nubo/keys/jwt.pem',
      '/etc/nubo/env/tenant.env',
      '/var/lib/nubo/postgres/PG_VERSION',
    ].filter((file) => sh(`${inGateway} cat ${file} 2>/dev/null`) !== '');
    expect(reached).toEqual([]);
    expect(sh(`${inGateway} cat /run/credentials/nubo-gateway.service/NUBO_JWT_PUBLIC_KEY_FILE`)).toContain(
      'PUBLIC KEY',
    );
  });

  it('brings back what is killed, and leaves alone what needs it', async () => {
    const [compute, pat, postgres] = ['nubo-compute', 'nubo-pat', 'nubo-postgres'].map(pidOf);
    sh(`kill -9 ${pat} ${postgres}`);
    await waitWhile(() => (pidOf('nubo-pat') === pat ? 'it dies' : undefined), { timeoutMs: 10_000 });
    expect(await untilAllActive()).toBeUndefined();
    expect([pidOf('nubo-pat'), pidOf('nubo-postgres')]).not.toEqual([pat, postgres]);
    expect(pidOf('nubo-compute')).toBe(compute);
    expect([8082, 8084].map(health)).toEqual(['200', '200']);
  });

  it('is not disturbed by an installation that changes nothing', () => {
    const before = pids();
    const { stdout } = machine.run(...CLI, 'install', '--json');
    const { files } = JSON.parse(stdout) as { files: { action: string }[] };
    expect(files.filter(({ action }) => action !== 'keep')).toEqual([]);
    expect(pids()).toEqual(before);
  });

  it('renews certificates as a unit of its own may', () => {
    sh('rm /var/lib/nubo/web/zone.pem');
    expect(machine.run('systemctl', 'start', 'nubo-certificates.service')).toMatchObject({ status: 0 });
    expect(sh('stat -c "%U %a" /var/lib/nubo/web/zone.pem')).toBe('nubo-hosting 600');
    expect(sh('systemctl is-active nubo-certificates.timer')).toBe('active');
  });

  it('starts with the machine, after a power cut too', async () => {
    await machine.powerOff();
    await machine.boot();
    expect(await untilAllActive()).toBeUndefined();
    expect([8080, 8081].map(health)).toEqual(['200', '200']);
  });

  it('asks before it goes, and then leaves nothing', () => {
    const asked = machine.run(...CLI, 'uninstall', '--purge');
    expect(asked.status).toBe(1);
    expect(asked.stderr).toContain('Say --yes if that is meant.');
    expect(notActive()).toBeUndefined();
    expect(machine.run(...CLI, 'uninstall', '--purge', '--yes')).toMatchObject({ status: 0 });
    expect(sh('ps -eo args | grep -v grep | grep -c "/opt/nubo\\|postgres\\|nats-server"')).toBe('0');
    expect(
      sh('ls -d /etc/nubo /var/lib/nubo /var/log/nubo /etc/systemd/system/* /etc/*.d/nubo* 2>/dev/null'),
    ).toBe('');
    expect(sh('getent passwd | grep -c ^nubo-')).toBe('0');
    expect(sh("systemctl list-units --all --no-legend 'nubo*'")).toBe('');
  });
});
