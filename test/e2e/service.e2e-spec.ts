import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SessionView, TenantView, VpcView } from '@nubo/contracts';
import { RestClient, RestError } from '../../demo/rest-client';
import { until } from '../../demo/wait';
import { caughtMails } from '../../stack/mail';

const LONG_MS = 120_000;
const PORT = 8180;
const PASSWORD = 'a-person-chose-this';
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

describe('npm start', () => {
  const data = mkdtempSync('/var/tmp/nubo-start-');
  const rest = new RestClient(`http://127.0.0.1:${PORT}`);
  let platform: ChildProcess;
  let said = '';

  async function start(): Promise<void> {
    said = '';
    platform = spawn(
      process.execPath,
      [resolve('dist/stack/cli.js'), 'start', '--data', data, '--port', String(PORT)],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    platform.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('Nubo is ready', 60, async () => said.includes('Nubo is ready'));
  }

  const ended = (): Promise<number | null> => new Promise((done) => platform.once('exit', done));

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const code = ended();
    platform.kill(signal);
    return code;
  }

  afterAll(async () => {
    if (platform.exitCode === null && platform.signalCode === null) await end('SIGTERM');
    rmSync(data, { recursive: true, force: true });
  }, LONG_MS);

  const login = (email: string, password: string) =>
    rest.post<SessionView>('/iaas/sessions', { email, password });

  it(
    'says where Swagger UI and the inbox are and how to log in',
    async () => {
      await start();
      expect(said).toContain('/docs');
      expect(said).toContain('root / root');
      const docs = await fetch(`http://127.0.0.1:${PORT}/docs`);
      expect(docs.status).toBe(200);
    },
    LONG_MS,
  );

  it(
    'keeps what was asked for across stop and start',
    async () => {
      await rest.post('/iaas/tenants', { name: 'keepers', email: 'kim@keepers.example', password: PASSWORD });
      const inbox = /http:\/\/127\.0\.0\.1:\d+/.exec(said.split('Mail')[1] ?? '')?.[0] ?? '';
      const tenantId = await until(
        'the mail',
        20,
        async () => UUID.exec((await caughtMails(inbox, 'kim@keepers.example')).at(-1)?.text ?? '')?.[0],
      );
      expect(await end('SIGTERM')).toBe(0);
      await start();
      const tenant = await rest.post<TenantView>(`/iaas/tenants/${tenantId}/activation`, {
        password: PASSWORD,
      });
      expect(tenant.state).toBe('active');
    },
    LONG_MS,
  );

  it(
    'keeps it across kill -9 too, and leaves no process of the killed one',
    async () => {
      const { token } = await login('kim@keepers.example', PASSWORD);
      await end('SIGKILL');
      await until('the services to go with it', 10, () =>
        rest.get('/health/live').then(
          () => false,
          () => true,
        ),
      );
      await start();
      const { tenantId } = await login('kim@keepers.example', PASSWORD);
      expect(await rest.as(token).get(`/iaas/tenants/${tenantId}`)).toMatchObject({
        name: 'keepers',
        state: 'active',
      });
      const vpcs = await rest.as(token).get<VpcView[]>('/iaas/vpcs');
      expect(vpcs).toEqual([]);
    },
    LONG_MS,
  );

  it('has one first administrator, whose password is still to be changed', async () => {
    const session = await login('root', 'root');
    expect(session.mustChangePassword).toBe(true);
    const refused: unknown = await rest
      .as(session.token)
      .get('/iaas/hosts')
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RestError);
    expect((refused as RestError).problem).toMatchObject({ status: 403, code: 'password_change_required' });
  });
});

describe('the demo', () => {
  it(
    'cleans up when it is interrupted',
    async () => {
      const argv = [
        resolve('dist/lab/cli.js'),
        'run',
        '--name',
        'broken-off',
        '--',
        process.execPath,
        resolve('dist/demo/main.js'),
      ];
      const demo = spawn(process.execPath, argv, {
        env: { ...process.env, NUBO_LAB: undefined },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      [demo.stdout, demo.stderr].forEach((stream) =>
        stream.on('data', (chunk: Buffer) => (output += chunk.toString())),
      );
      await until('its platform', 60, async () =>
        output.includes('Postgres, NATS, mail, web, DNS, SFTP and seven services start'),
      );
      const code = new Promise<number | null>((done) => demo.once('exit', done));
      demo.kill('SIGINT');
      expect(await code).not.toBe(0);
      expect(output).toContain('nothing is left of it');
    },
    LONG_MS,
  );
});
