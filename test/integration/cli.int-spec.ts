/** The built `nubo` as a process against the whole gateway; stand-ins answer behind it. */
import { once } from 'node:events';
import {
  createMapping,
  createVm,
  deleteVm,
  exhausted,
  getVm,
  listContainers,
  listImages,
  listVms,
  notFound,
  unavailable,
  updateVm,
} from '@nubo/contracts';
import { CliFixture, ID, OTHER, vm } from './cli-fixtures';
import { ended, type CliProcesses, type Ended } from './cli-process';

jest.setTimeout(60_000);

const CONTROLS = /(?!\n)\p{Cc}/u;

describe('nubo', () => {
  const fixture = CliFixture.install();
  const run: CliProcesses['run'] = (...given) => fixture.nubo.run(...given);
  const problemOf = ({ stderr }: Ended): Record<string, unknown> =>
    JSON.parse(stderr) as Record<string, unknown>;

  describe('lists', () => {
    beforeEach(() => fixture.logIn());

    it('as a table', async () => {
      fixture.gateway.services.answer(listVms, () => ({
        items: [vm(), vm({ id: OTHER, name: 'db-1', state: 'stopped' })],
      }));
      const { stdout } = await run(['vm', 'list']);
      const lines = stdout.trimEnd().split('\n');
      expect(lines).toHaveLength(3);
      expect(lines[0]).toMatch(/^ID +NAME +STATE +ADDRESS/);
      expect(lines[2]).toMatch(new RegExp(`^${OTHER} +db-1 +stopped +190.0.0.10`));
      expect(stdout).not.toContain('\u001b');
    });

    it('as JSON', async () => {
      fixture.gateway.services.answer(listVms, () => ({ items: [vm()] }));
      expect(await fixture.nubo.json('vm', 'ls')).toEqual([vm()]);
    });

    it('page after page, up to a limit that it tells of', async () => {
      let page = 0;
      fixture.gateway.services.answer(listVms, () => ({
        items: [vm({ name: `vm-${++page}` })],
        ...(page < 5 && { next: `after-${page}` }),
      }));
      const { stdout, stderr } = await run(['vm', 'ls', '--json', '--limit', '3']);
      expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)).toEqual([
        'vm-1',
        'vm-2',
        'vm-3',
      ]);
      expect(stderr).toContain('These are the first 3; there are more');
      const asked = fixture.gateway.services.callsOf(listVms).map(({ input }) => input['after']);
      expect(asked).toEqual([undefined, 'after-1', 'after-2']);
    });

    it('without obeying control characters in what others wrote', async () => {
      fixture.gateway.services.answer(listImages, () => ({
        items: [{ ...vm(), size: 1, public: false, description: '\u001b]0;pwned\u0007\u009b31mred' }],
      }));
      const { stdout } = await run(['image', 'ls']);
      expect(stdout).not.toMatch(CONTROLS);
      expect(stdout).toContain('\\u001b]0;pwned\\u0007\\u009b31mred');
      expect((await run(['image', 'ls', '--json'])).stdout).not.toMatch(CONTROLS);
    });
  });

  describe('changes', () => {
    beforeEach(() => fixture.logIn());

    it('and waits, saying how far it is', async () => {
      fixture.gateway.services.answer(updateVm, () => vm({ state: 'stopping' }));
      fixture.gateway.services.answerInTurn(getVm, vm({ state: 'stopping' }), vm({ state: 'stopped' }));
      const { code, stdout, stderr } = await run(['vm', 'stop', ID]);
      expect({ code, stdout, stderr }).toEqual({
        code: 0,
        stdout: `VM web-1 is stopped. ${ID}\n`,
        stderr: 'VM web-1: stopping\n',
      });
      expect(fixture.gateway.services.callsOf(updateVm)[0].input).toEqual({ id: ID, state: 'stopped' });
    });

    it('and does not wait when told so', async () => {
      fixture.gateway.services.answer(updateVm, () => vm({ state: 'starting' }));
      const { stdout } = await run(['vm', 'start', ID, '--no-wait']);
      expect(stdout).toBe(`VM web-1 is starting; the work goes on. ${ID}\n`);
      expect(fixture.gateway.services.callsOf(getVm)).toHaveLength(0);
    });

    it('and waits no longer than it was told', async () => {
      fixture.gateway.services.answer(updateVm, () => vm({ state: 'starting' }));
      fixture.gateway.services.answer(getVm, () => vm({ state: 'starting' }));
      const { code, stderr } = await run(['vm', 'start', ID, '--timeout', '300ms']);
      expect(code).toBe(7);
      expect(stderr).toContain('VM web-1 is still starting; the work goes on. Look: nubo vm show web-1');
    });

    it('and leaves the work alone at Ctrl-C', async () => {
      fixture.gateway.services.answer(updateVm, () => vm({ state: 'starting' }));
      fixture.gateway.services.answer(getVm, () => vm({ state: 'starting' }));
      const child = fixture.nubo.start(['vm', 'start', ID]);
      const end = ended(child);
      if (child.stderr) await once(child.stderr, 'data');
      child.kill('SIGINT');
      const { code, stderr } = await end;
      expect(code).toBe(130);
      expect(stderr).toContain('No longer waiting for VM web-1; the work goes on.');
    });

    it('and fails when it ends in error', async () => {
      fixture.gateway.services.answer(createVm, () => vm({ state: 'creating' }));
      fixture.gateway.services.answer(getVm, () =>
        vm({ state: 'error', stateReason: 'h1 has no disk left' }),
      );
      const { code, stderr } = await run(['vm', 'add', ID, '512', '--name', 'web-1']);
      expect(code).toBe(1);
      expect(stderr).toContain('VM web-1 is in state error: h1 has no disk left.');
    });

    it('and waits until what is removed is gone', async () => {
      fixture.gateway.services.answer(deleteVm, () => vm({ state: 'deleting' }));
      fixture.gateway.services.answerInTurn(getVm, vm({ state: 'deleting' }), notFound('VM', ID));
      const { code, stdout } = await run(['vm', 'rm', ID]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'VM web-1 is gone.\n' });
    });
  });

  it('opens a port to a VM, or to a container where it says so', async () => {
    fixture.logIn();
    const mapping = {
      ...vm(),
      protocol: 'tcp',
      externalIp: '203.0.113.7',
      externalPort: 4000,
      targetPort: 80,
    };
    const asked: object[] = [];
    fixture.gateway.services.answer(createMapping, (input) => {
      asked.push(input);
      return { ...mapping, state: 'active', targetIp: '190.0.0.10' };
    });
    fixture.gateway.services.answer(listContainers, () => ({ items: [vm({ id: OTHER, name: 'web' })] }));
    expect(await run(['pat', 'add', ID, '80'])).toMatchObject({ code: 0 });
    expect(await run(['pat', 'add', 'web', '80', '--container'])).toMatchObject({ code: 0 });
    expect(asked).toEqual([
      { vmId: ID, targetPort: 80 },
      { containerId: OTHER, targetPort: 80 },
    ]);
  });

  describe('says what is wrong', () => {
    it('with one line, the request and what to do', async () => {
      fixture.logIn();
      fixture.gateway.services.answer(createVm, () => {
        throw exhausted('quota_exceeded', 'vms: 10 of 10 are used.', { used: 10, limit: 10 });
      });
      const { code, stderr } = await run(['vm', 'add', ID, '--name', 'web-1']);
      expect(code).toBe(5);
      expect(stderr).toMatch(
        /^nubo: vms: 10 of 10 are used\. \(request [\w-]+\) What is used up, and by what: nubo quota ls\n$/,
      );
    });

    it('as problem+json for programs', async () => {
      fixture.logIn();
      fixture.gateway.services.answer(createVm, () => {
        throw exhausted('quota_exceeded', 'vms: 10 of 10 are used.', { used: 10, limit: 10 });
      });
      const answer = await run(['vm', 'add', ID, '--name', 'web-1', '--json']);
      expect(answer.stdout).toBe('');
      expect(problemOf(answer)).toMatchObject({ status: 409, code: 'quota_exceeded', used: 10, limit: 10 });
      expect(problemOf(answer)).toHaveProperty('requestId');
    });

    it.each([
      [['vm', 'stpo', ID], 2, 'usage'],
      [['vm', 'ls', '--limit', 'all'], 2, 'usage'],
      [['vm', 'ls'], 3, 'not_logged_in'],
      [['vm', 'ls', '--url', 'ftp://x'], 2, 'usage'],
      [['login', 'a@b.example', 'p', '--url', 'http://127.0.0.1:1'], 6, 'unreachable'],
    ])('%j ends with %i', async (args, code, problem) => {
      const answer = await run([...args, '--json']);
      expect(answer.code).toBe(code);
      expect(problemOf(answer)).toMatchObject({ code: problem });
    });

    it('when there is no such thing, and when the platform is busy', async () => {
      fixture.logIn();
      fixture.gateway.services.answer(getVm, () => {
        throw notFound('VM', ID);
      });
      expect(await run(['vm', 'show', ID])).toMatchObject({ code: 4 });
      fixture.gateway.services.answer(getVm, () => {
        throw unavailable('no_answer', 'compute does not answer.');
      });
      const busy = await run(['vm', 'show', ID]);
      expect(busy.code).toBe(6);
      expect(busy.stderr).toContain('Try again in 1 s.');
    });
  });
});
