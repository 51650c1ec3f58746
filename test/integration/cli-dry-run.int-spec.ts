/** `nubo … --dry-run`, command by command: the program in this process against the whole gateway. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { nobody } from '../../apps/cli/src/asker';
import { Cli } from '../../apps/cli/src/commands/cli';
import { execute } from '../../apps/cli/src/execute';
import { programOf } from '../../apps/cli/src/program';
import { testRuntime } from '../../apps/cli/src/testing/test-runtime';
import { routesIn } from '../../apps/gateway/src/docs/document';
import { CliFixture, ID } from './cli-fixtures';

jest.setTimeout(60_000);

const READING =
  /^(ls|show|shares|usage|console|timeline|logs|keys|releases|traffic|get|csv|uses|whoami|completion|exit)$/;
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExample ada';

const SHARED = ['vm', 'container', 'image', 'vpc', 'subnet', 'project'].flatMap((noun) => [
  `${noun} share ID grace@red.example --grant use`,
  `${noun} unshare ID ID`,
]);
const REMOVED = [
  ...['vm', 'container', 'image', 'vpc', 'subnet', 'pat', 'project', 'cdn', 'machine-type', 'user'],
  ...['tenant', 'host'],
].map((noun) => `${noun} rm ID`);

const TRIED = [
  ...SHARED,
  ...REMOVED,
  'password change',
  'vm add ID',
  'vm start ID',
  'vm stop ID',
  'vm update ID --name db-1',
  'vm reboot ID',
  'vm save ID golden',
  'container add ID',
  'container start ID',
  'container stop ID',
  'container update ID --name db-1',
  'image add https://images.example/guest.qcow2 guest',
  'image upload FILE guest',
  'image update ID --name guest',
  'vpc add blue',
  'vpc update ID --name blue',
  'subnet add ID blue 190.0.0.0/24',
  'subnet update ID --name blue',
  'pat add ID 22',
  'pat update ID --name ssh',
  'project add shop',
  'project update ID --keep 3',
  'project publish ID',
  'project rollback ID',
  'project domain add ID www.example.org',
  'project domain rm ID ID',
  'project password ID',
  'project add-key ID FILE',
  'project rm-key ID ID',
  'cdn add https://files.example/site.tar.gz 190.0.0.0/24 loc1',
  'cdn update ID --name site',
  'cdn release ID https://files.example/site.tar.gz',
  'cdn rollback ID',
  'cdn purge ID --all',
  'cdn key add ID',
  'cdn key rm ID ID',
  'machine-type add small 1 512',
  'machine-type update ID --name tiny',
  'quota set vms 5 --tenant ID',
  'user add bob@blue.example',
  'user update ID --email bob@green.example --password',
  'tenant update ID --name green',
  'host add 192.0.2.11 root',
  'host update ID --name h-1',
];
const REFUSED = [
  'login ada@blue.example',
  'logout',
  'register blue ada@blue.example',
  `activate ${ID}`,
  'activation-mail ada@blue.example',
  'password reset ada@blue.example',
  `password complete ${ID} code`,
];

const program = programOf(new Cli(testRuntime(), nobody));

function pathsOf(command: Command, path: string[] = []): string[] {
  if (command.commands.length === 0) return [path.join(' ')];
  return command.commands.flatMap((one) => pathsOf(one, [...path, one.name()]));
}

/** `vm add ID` → `vm add`. */
function pathOf(line: string): string {
  const path: string[] = [];
  let at: Command | undefined = program;
  for (const word of line.split(' ')) {
    at = at?.commands.find((one) => one.name() === word);
    if (at) path.push(word);
  }
  return path.join(' ');
}

describe('nubo --dry-run', () => {
  const fixture = CliFixture.install();
  let writing: Set<string>;
  beforeAll(() => {
    const changing = routesIn(fixture.gateway.document).filter(({ method }) => method !== 'GET');
    writing = new Set(changing.map(({ operation }) => operation['x-nubo-operation']));
  });
  beforeEach(() => {
    const { userId, gateway, nubo } = fixture;
    const session = { email: 'ada@blue.example', userId, tenantId: null, role: 'admin' };
    const token = gateway.token({ sub: userId, tid: null, role: 'admin' });
    nubo.keepSession({ ...session, token, expiresAt: new Date(Date.now() + 600_000).toISOString() });
    writeFileSync(join(nubo.home, 'key.pub'), KEY);
  });

  const dry = async (line: string) => {
    const { home, environment } = fixture.nubo;
    const env = {
      ...environment,
      NUBO_PASSWORD: 'tomatoes-and-basil',
      NUBO_NEW_PASSWORD: 'parsley-and-sage',
    };
    const runtime = testRuntime({ env, home });
    const words = line.split(' ').map((word) => ({ ID, FILE: join(home, 'key.pub') })[word] ?? word);
    const code = await execute(new Cli(runtime, nobody), [...words, '--dry-run']);
    return { code, stdout: runtime.stdout.text, stderr: runtime.stderr.text };
  };

  it('is known of every command that changes anything', () => {
    const changing = pathsOf(program).filter((path) => !READING.test(path.split(' ').at(-1) ?? ''));
    expect([...TRIED, ...REFUSED].map(pathOf).sort()).toEqual(changing.sort());
  });

  it.each(TRIED)('%s changes nothing, and says so', async (line) => {
    const { code, stdout, stderr } = await dry(line);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^.*\(nothing was changed\)\.\n$/);
    const written = fixture.gateway.services.calls.filter(({ subject }) => writing.has(subject));
    expect(written.map(({ ctx }) => ctx.dryRun)).toEqual([true]);
  });

  it.each(REFUSED)('%s is refused before anything is asked', async (line) => {
    expect(await dry(line)).toMatchObject({
      code: 2,
      stderr: 'nubo: This cannot only be tried: leave --dry-run out.\n',
    });
    expect(fixture.gateway.services.calls).toEqual([]);
    expect(existsSync(fixture.nubo.sessionFile)).toBe(true);
  });
});
