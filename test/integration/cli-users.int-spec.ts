/** Who is in a tenant, and who did what, with `nubo`; the built program against the whole gateway. */
import { existsSync, readFileSync } from 'node:fs';
import {
  completePasswordReset,
  createSession,
  createUser,
  deleteTenant,
  deleteUser,
  getTenant,
  getUser,
  listAudit,
  mailActivation,
  notFound,
  readConsole,
  requestPasswordReset,
  unauthenticated,
  updateUser,
} from '@nubo/contracts';
import { CliFixture, ID, OTHER, vm } from './cli-fixtures';
import type { CliProcesses } from './cli-process';
import { CliTerminal } from './cli-terminal';

jest.setTimeout(60_000);

const ENTER = '\r';
const CTRL_C = '\u0003';
const user = (more: object = {}): object =>
  vm({ name: 'Bob', email: 'bob@blue.example', role: 'member', state: 'active', ...more });

describe('nubo', () => {
  const fixture = CliFixture.install();
  const run: CliProcesses['run'] = (...given) => fixture.nubo.run(...given);
  const inputsOf = (...[op]: Parameters<typeof fixture.gateway.services.callsOf>): object[] =>
    fixture.gateway.services.callsOf(op).map(({ input }) => input);

  describe('for whoever is logged in', () => {
    beforeEach(() => {
      fixture.logIn();
      fixture.gateway.services.answerInTurn(getUser, user(), notFound('User', ID));
      fixture.gateway.services.answer(deleteUser, () => user({ state: 'deleting' }));
    });

    it('adds a user, with a password that is in no argument', async () => {
      fixture.gateway.services.answer(createUser, () => user());
      const args = ['user', 'add', 'bob@blue.example', '--role', 'member', '--metadata', 'team=blue'];
      const { code, stdout } = await run(args, { stdin: 'tomatoes-and-basil\n' });
      expect({ code, stdout }).toEqual({ code: 0, stdout: `user bob@blue.example is active. ${ID}\n` });
      expect(inputsOf(createUser)).toEqual([
        {
          email: 'bob@blue.example',
          password: 'tomatoes-and-basil',
          role: 'member',
          metadata: { team: 'blue' },
        },
      ]);
    });

    it('changes a user, and sets a new password', async () => {
      fixture.gateway.services.answer(updateUser, () => user({ name: 'robert' }));
      const env = { NUBO_NEW_PASSWORD: 'parsley-and-sage' };
      const args = ['user', 'update', ID, '--name', 'robert', '--password'];
      expect(await run(args, { env })).toMatchObject({ code: 0, stderr: '' });
      expect(inputsOf(updateUser)).toEqual([{ id: ID, name: 'robert', password: 'parsley-and-sage' }]);
    });

    it('removes a user without a question where nobody could answer', async () => {
      fixture.gateway.services.answer(getUser, () => {
        throw notFound('User', ID);
      });
      expect(await run(['user', 'rm', ID])).toMatchObject({
        code: 0,
        stdout: 'user bob@blue.example is gone.\n',
      });
    });

    describe('and is removed', () => {
      const ended = (): never => {
        throw unauthenticated('session_ended', 'This session was ended.');
      };
      beforeEach(() => {
        fixture.gateway.services.answer(deleteUser, ({ id }) => user({ id, state: 'deleting' }));
        fixture.gateway.services.answer(deleteTenant, () => vm({ name: 'blue', state: 'deleting' }));
        fixture.gateway.services.answer(getUser, ended);
        fixture.gateway.services.answer(getTenant, ended);
      });

      it.each([
        ['user', () => fixture.userId, 'user bob@blue.example'],
        ['tenant', () => ID, 'tenant blue'],
      ])('with the own %s says that the session has ended with it', async (noun, id, what) => {
        expect(await run([noun, 'rm', id()])).toEqual({
          code: 0,
          stdout: `${what} is being deleted; your session has ended with it.\n`,
          stderr: expect.any(String) as string,
        });
        expect(existsSync(fixture.nubo.sessionFile)).toBe(false);
      });

      it('is told of an end that has another reason', async () => {
        expect(await run(['user', 'rm', OTHER])).toMatchObject({ code: 3, stdout: '' });
        expect(existsSync(fixture.nubo.sessionFile)).toBe(true);
      });
    });

    describe('and has a new address', () => {
      const emailKept = (): unknown =>
        (JSON.parse(readFileSync(fixture.nubo.sessionFile, 'utf8')) as { email: string }).email;
      const env = { NUBO_PASSWORD: 'tomatoes-and-basil', NUBO_NEW_PASSWORD: 'parsley-and-sage' };
      beforeEach(() =>
        fixture.gateway.services.answer(updateUser, ({ id }) => user({ id, email: 'ada@green.example' })),
      );

      it('logs in by it after a change of the password', async () => {
        expect(await run(['password', 'change'], { env })).toMatchObject({ code: 0, stderr: '' });
        expect(inputsOf(createSession)).toEqual([
          { email: 'ada@green.example', password: 'parsley-and-sage' },
        ]);
        expect(emailKept()).toBe('ada@green.example');
      });

      it('keeps it in the session, and nobody else’s', async () => {
        const update = (id: string) => ['user', 'update', id, '--email', 'ada@green.example'];
        expect(await run(update(OTHER), { env })).toMatchObject({ code: 0 });
        expect(await run([...update(fixture.userId), '--dry-run'], { env })).toMatchObject({ code: 0 });
        expect(emailKept()).toBe('ada@blue.example');
        expect(await run(update(fixture.userId), { env })).toMatchObject({ code: 0 });
        expect(emailKept()).toBe('ada@green.example');
      });
    });

    it('removes a user after a yes only', async () => {
      const terminal = CliTerminal.open(fixture.nubo, ['user', 'rm', ID]);
      await terminal.after('Remove user bob@blue.example with all that it made?', `y${ENTER}`);
      await terminal.waitFor('user bob@blue.example is gone.');
      expect(await terminal.end()).toBe(0);
    });

    it.each([
      ['no', `no${ENTER}`, 'Nothing was removed.', 1],
      ['an empty line', ENTER, 'Nothing was removed.', 1],
      ['Ctrl-C', CTRL_C, 'Interrupted.', 130],
    ])('removes no tenant after %s', async (_what, keys, said, code) => {
      fixture.gateway.services.answer(getTenant, () => vm({ name: 'blue', state: 'active' }));
      const terminal = CliTerminal.open(fixture.nubo, ['tenant', 'rm', ID]);
      await terminal.after('Remove tenant blue with its users and all that they made?', keys);
      await terminal.waitFor(said);
      expect(await terminal.end()).toBe(code);
      expect(inputsOf(deleteTenant)).toEqual([]);
    });

    it('asks nothing of who said --yes', async () => {
      const terminal = CliTerminal.open(fixture.nubo, ['user', 'rm', ID, '--yes', '--no-wait']);
      await terminal.waitFor('user bob@blue.example is deleting; the work goes on.');
      expect(await terminal.end()).toBe(0);
    });

    it('tells who did what', async () => {
      fixture.gateway.services.answer(listAudit, () => ({
        items: [
          {
            ...{ id: '4711', at: '2026-05-04T10:00:00.000Z', requestId: 'r-1', userId: ID, tenantId: ID },
            ...{ role: 'member', address: '192.0.2.1', action: 'compute.vms.create', resourceId: null },
            ...{ result: 'refused', code: 'quota_exceeded' },
          },
        ],
      }));
      const { stdout } = await run(['audit', 'ls', 'result=refused', 'action=compute.*']);
      expect(stdout).toMatch(
        /^AT .*\n2026-05-04 10:00:00 +compute\.vms\.create +quota_exceeded +.* 192\.0\.2\.1 +r-1 *\n$/,
      );
      expect(inputsOf(listAudit)).toMatchObject([{ query: 'result=refused action=compute.*', limit: 50 }]);
    });

    it('shows the console of a VM line by line, and obeys nothing in it', async () => {
      fixture.gateway.services.answer(readConsole, () => ({ text: 'Welcome\n\u001b[31mlogin:\t\n' }));
      expect(await run(['vm', 'console', ID, '--lines', '2'])).toMatchObject({
        code: 0,
        stdout: 'Welcome\n\\u001b[31mlogin:\t\n',
      });
      expect(inputsOf(readConsole)).toEqual([{ id: ID, lines: 2 }]);
      expect(await fixture.nubo.json('vm', 'console', ID)).toEqual({
        text: 'Welcome\n\u001b[31mlogin:\t\n',
      });
    });
  });

  describe('for whoever has no session', () => {
    const message = 'If somebody has this address, a mail is on its way.';

    it('asks for the activation mail again', async () => {
      fixture.gateway.services.answer(mailActivation, () => ({ message }));
      expect(await run(['activation-mail', 'ada@blue.example'])).toMatchObject({ stdout: `${message}\n` });
      expect(inputsOf(mailActivation)).toEqual([{ email: 'ada@blue.example' }]);
    });

    it('resets a password by mail', async () => {
      fixture.gateway.services.answer(requestPasswordReset, () => ({ message }));
      expect(await run(['password', 'reset', 'ada@blue.example'])).toMatchObject({ stdout: `${message}\n` });
      const env = { NUBO_NEW_PASSWORD: 'parsley-and-sage' };
      expect(await run(['password', 'complete', ID, 'the-code-of-the-mail'], { env })).toMatchObject({
        code: 0,
        stdout: 'The password is set. Log in: nubo login <email>\n',
      });
      expect(inputsOf(completePasswordReset)).toMatchObject([
        { code: 'the-code-of-the-mail', password: 'parsley-and-sage' },
      ]);
    });
  });
});
