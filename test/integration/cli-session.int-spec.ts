/** `nubo login` and what it keeps; the built program against the whole gateway. */
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createSession, endSessions, getUser, listVms, unavailable } from '@nubo/contracts';
import { CliFixture, ID, vm } from './cli-fixtures';
import type { CliProcesses, Ended } from './cli-process';

jest.setTimeout(60_000);

describe('nubo login', () => {
  const fixture = CliFixture.install();
  const run: CliProcesses['run'] = (...given) => fixture.nubo.run(...given);
  const login = (args = ['login', 'ada@blue.example', 'correct horse']): Promise<Ended> => run(args);

  describe('keeps who is logged in', () => {
    it('in a file that only its owner may read, with tenant, user and token', async () => {
      expect(await login()).toMatchObject({ code: 0, stderr: '' });
      expect(statSync(fixture.nubo.sessionFile).mode & 0o777).toBe(0o600);
      expect(statSync(dirname(fixture.nubo.sessionFile)).mode & 0o777).toBe(0o700);
      const kept = JSON.parse(readFileSync(fixture.nubo.sessionFile, 'utf8')) as object;
      expect(kept).toMatchObject({
        url: fixture.gateway.url,
        tenantId: ID,
        userId: fixture.userId,
        role: 'owner',
      });
      expect(kept).toHaveProperty('token');
      expect(kept).toHaveProperty('expiresAt');
    });

    it('and never tells the token', async () => {
      const { stdout } = await login(['login', 'ada@blue.example', 'correct horse', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({
        tenantId: ID,
        userId: fixture.userId,
        email: 'ada@blue.example',
      });
      expect(stdout).not.toContain('ey');
    });

    it('until logout, which ends the sessions too', async () => {
      await login();
      expect(await run(['logout'])).toMatchObject({ code: 0, stdout: 'You are logged out.\n' });
      expect(existsSync(fixture.nubo.sessionFile)).toBe(false);
      expect(fixture.gateway.services.callsOf(endSessions)).toHaveLength(1);
    });

    it('until logout, also when the platform is away', async () => {
      await login();
      const away = JSON.parse(readFileSync(fixture.nubo.sessionFile, 'utf8')) as object;
      expect(away).toBeDefined();
      fixture.gateway.services.answer(endSessions, () => {
        throw unavailable('database_away', 'The database is away.');
      });
      const { code, stderr } = await run(['logout']);
      expect(code).toBe(0);
      expect(stderr).toContain('The database is away.');
      expect(existsSync(fixture.nubo.sessionFile)).toBe(false);
    });

    it('but not when others can read the file', async () => {
      await login();
      chmodSync(fixture.nubo.sessionFile, 0o644);
      const { code, stderr } = await run(['vm', 'ls']);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining('Others can read') as string,
      });
      expect(fixture.gateway.services.callsOf(listVms)).toHaveLength(0);
    });

    it('but not beyond its end', async () => {
      fixture.answerLogins(new Date(Date.now() - 1_000).toISOString());
      await login();
      const { code, stderr } = await run(['vm', 'ls']);
      expect({ code, stderr }).toEqual({
        code: 3,
        stderr: 'nubo: Your session has ended. Log in again: nubo login ada@blue.example\n',
      });
    });

    it('and gives the token to no other platform', async () => {
      await login();
      const { code, stderr } = await run(['vm', 'ls', '--url', 'http://127.0.0.1:9']);
      expect(code).toBe(3);
      expect(stderr).toContain(`You are logged in at ${fixture.gateway.url}, not at http://127.0.0.1:9.`);
    });

    it('in the file that NUBO_SESSION names', async () => {
      const env = { NUBO_SESSION: `${fixture.nubo.home}/elsewhere/s.json` };
      await run(['login', 'ada@blue.example', 'p'], { env });
      expect(statSync(env.NUBO_SESSION).mode & 0o777).toBe(0o600);
      expect((await run(['vm', 'ls'], { env })).code).toBe(0);
      expect((await run(['vm', 'ls'])).code).toBe(3);
    });

    it('also when the root of the platform is whoever was logged in', async () => {
      fixture.gateway.services.answer(getUser, ({ id }) => ({
        ...vm({ id }),
        email: 'ada@blue.example',
        role: 'owner',
      }));
      await login();
      expect(await fixture.nubo.json('whoami')).toMatchObject({
        email: 'ada@blue.example',
        tenantId: ID,
        url: fixture.gateway.url,
      });
    });
  });

  describe('takes passwords', () => {
    const passwords = (): unknown[] =>
      fixture.gateway.services.callsOf(createSession).map(({ input }) => input['password']);

    it('from stdin', async () => {
      await run(['login', 'ada@blue.example'], { stdin: 'from stdin\n' });
      expect(passwords()).toEqual(['from stdin']);
    });

    it('from the environment', async () => {
      await run(['login', 'ada@blue.example'], { env: { NUBO_PASSWORD: 'from env' } });
      expect(passwords()).toEqual(['from env']);
    });

    it('or says how to give one', async () => {
      const { code, stderr } = await run(['login', 'ada@blue.example'], { stdin: '' });
      expect(code).toBe(2);
      expect(stderr).toContain('NUBO_PASSWORD_FILE');
    });
  });
});
