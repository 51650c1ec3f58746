import { type ProcessSpec } from '../child';
import { installPlace } from './install-place';
import { execWord, environmentFile, isPlainPath } from './quoting';
import { environmentText, type Part, targetText, unitText } from './units';
import { userOf, usersFile } from './users';

const spec = (name: string, changes: Partial<ProcessSpec> = {}): ProcessSpec => ({
  name,
  command: '/usr/bin/node',
  args: ['/opt/nubo/main.js'],
  env: {
    DATABASE_URL: 'postgres://nubo:s3cret@127.0.0.1/nubo',
    NUBO_SSH_KEY_FILE: '/k/ssh',
    PATH: '/home/ada/bin',
  },
  cwd: '/opt/nubo',
  log: `/var/log/nubo/${name}.log`,
  notReady: async () => undefined,
  ...changes,
});
const part = (name: string, changes: Partial<Part> = {}): Part => ({
  spec: spec(name),
  after: [],
  ...changes,
});
const place = installPlace();
const unit = (one: Part, version = 252): string => unitText(one, { place, version });
const settings = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value);

describe('the unit of a part', () => {
  it('starts the command of npm start, as a user of its own', () => {
    const text = unit(part('compute'));
    expect(settings(text, 'ExecStart')).toEqual(['/usr/bin/node /opt/nubo/main.js']);
    expect(settings(text, 'User')).toEqual(['nubo-compute']);
    expect(settings(text, 'Restart')).toEqual(['always']);
  });

  it('holds no secret, in no line', () => {
    const text = unit(part('compute'));
    expect(text).not.toContain('s3cret');
    expect(settings(text, 'Environment')).toEqual([]);
    expect(settings(text, 'EnvironmentFile')).toEqual(['/etc/nubo/env/compute.env']);
  });

  it('gets secrets that are files as credentials, which no other part can read', () => {
    const one = part('compute');
    expect(settings(unit(one), 'LoadCredential')).toEqual(['NUBO_SSH_KEY_FILE:/k/ssh']);
    expect(environmentText(one, place)).toContain(
      'NUBO_SSH_KEY_FILE="/run/credentials/nubo-compute.service/NUBO_SSH_KEY_FILE"\n',
    );
  });

  it('reads what lies in its own folder without that', () => {
    const own = { NUBO_CA_FILE: '/var/lib/nubo/gateway/ca.pem' };
    const text = unit({ spec: spec('gateway', { env: own }), after: [] });
    expect(settings(text, 'LoadCredential')).toEqual([]);
  });

  it('does not take the PATH of whoever installs', () => {
    expect(environmentText(part('compute'), place)).not.toContain('/home/ada');
  });

  it('comes after what it needs, and is not stopped when that is restarted', () => {
    const text = unit(part('compute', { after: ['postgres', 'migrations'], requires: 'migrations' }));
    expect(settings(text, 'After')).toEqual(['network.target nubo-postgres.service nubo-migrations.service']);
    expect(settings(text, 'Wants')).toEqual(['nubo-postgres.service nubo-migrations.service']);
    expect(settings(text, 'Requires')).toEqual(['nubo-migrations.service']);
    expect(settings(text, 'PartOf')).toEqual(['nubo.target']);
  });

  it('is asked to stop by the signal that npm start sends, and has as much time', () => {
    const postgres = { spec: spec('postgres', { stopSignal: 'SIGINT', stopTimeoutMs: 30_000 }), after: [] };
    expect(settings(unit(postgres), 'KillSignal')).toEqual(['SIGINT']);
    expect(settings(unit(postgres), 'TimeoutStopSec')).toEqual(['30']);
  });

  it.each([
    ['NoNewPrivileges', 'yes'],
    ['CapabilityBoundingSet', ''],
    ['ProtectSystem', 'strict'],
    ['PrivateTmp', 'yes'],
    ['RestrictAddressFamilies', 'AF_UNIX AF_INET AF_INET6 AF_NETLINK'],
    ['InaccessiblePaths', '-/etc/nubo -/var/lib/nubo/keys'],
  ])('is confined: %s=%s', (name, value) => {
    expect(settings(unit(part('gateway')), name)).toEqual([value]);
  });

  it('writes to its own folder alone; the two that share hosting’s write there too', () => {
    const written = ['pat', 'sftp', 'web'].map((name) => settings(unit(part(name)), 'ReadWritePaths')[0]);
    expect(written).toEqual([
      '-/var/lib/nubo/pat',
      '-/var/lib/nubo/sftp -/var/lib/nubo/hosting',
      '-/var/lib/nubo/web -/var/lib/nubo/hosting',
    ]);
  });

  it('may make machine code only where a compiler is in the program', () => {
    const strict = ['postgres', 'nats', 'gateway', 'web', 'dns'].filter((name) =>
      unit(part(name)).includes('\nMemoryDenyWriteExecute=yes\n'),
    );
    expect(strict).toEqual(['postgres', 'nats']);
  });

  it('waits longer and longer before it is started again, where systemd can', () => {
    expect(settings(unit(part('pat'), 254), 'RestartMaxDelaySec')).toEqual(['30']);
    expect(settings(unit(part('pat'), 252), 'RestartMaxDelaySec')).toEqual([]);
    expect(settings(unit(part('pat'), 252), 'RestartSec')).toEqual(['5']);
  });

  it('that runs once is not brought back and has as long as the database takes', () => {
    const text = unit(part('migrations', { once: true }));
    expect(settings(text, 'Type')).toEqual(['oneshot']);
    expect(settings(text, 'Restart')).toEqual([]);
    expect(settings(text, 'ExecStartPre')).toEqual([]);
  });
});

describe('the target', () => {
  it('wants every part and is wanted at boot', () => {
    const text = targetText([part('postgres'), part('gateway')]);
    expect(settings(text, 'Wants')).toEqual([
      'nubo-postgres.service nubo-gateway.service nubo-certificates.timer',
    ]);
    expect(settings(text, 'WantedBy')).toEqual(['multi-user.target']);
  });
});

describe('the users', () => {
  it('are one for each part, and one for those who share the files of sites', () => {
    expect(userOf('web')).toBe('nubo-hosting');
    expect(usersFile(['pat', 'hosting', 'sftp'], '/var/lib/nubo').match(/^u \S+/gm)).toEqual([
      'u nubo-pat',
      'u nubo-hosting',
    ]);
  });
});

describe('what systemd reads', () => {
  it('is the word that was meant, whatever it holds', () => {
    expect(['-c', 'a b', '50%', '$HOME', 'say "x"', ''].map(execWord)).toEqual([
      '-c',
      '"a b"',
      '50%%',
      '$$HOME',
      '"say \\"x\\""',
      '""',
    ]);
  });

  it('is the value that was meant, in an environment file', () => {
    expect(environmentFile({ B: 'a"b\\c$d`e', A: 'two\nlines' })).toBe(
      'A="two\nlines"\nB="a\\"b\\\\c\\$d\\`e"\n',
    );
  });

  it('has paths with nothing in them that means something else', () => {
    expect(['/opt/nubo', '/var/lib/x-1.2', '/srv/my files', '/srv/100%', 'opt'].map(isPlainPath)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
