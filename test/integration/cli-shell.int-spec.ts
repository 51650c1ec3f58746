/** `nubo` alone: commands typed one after the other, on a real terminal, and lines piped in. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSession, getVm, listVms, updateVm } from '@nubo/contracts';
import { CliFixture, ID, OTHER, vm } from './cli-fixtures';
import { CliTerminal } from './cli-terminal';

jest.setTimeout(90_000);

const ENTER = '\r';
const TAB = '\t';
const UP = '\u001b[A';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const PROMPT = 'nubo> ';

describe('nubo alone', () => {
  const fixture = CliFixture.install();
  let terminal: CliTerminal;
  beforeEach(() => (terminal = CliTerminal.open(fixture.nubo)));
  afterEach(() => terminal.close());

  const history = (): string => readFileSync(join(fixture.nubo.home, '.config/nubo/history'), 'utf8');

  it('remembers lines, but no passwords, in a file that only its owner may read', async () => {
    await terminal.after(PROMPT, `login ada@blue.example tomatoes-and-basil${ENTER}`);
    await terminal.waitFor('You are ada@blue.example');
    await terminal.after(PROMPT, `tomatoes-and-basil${ENTER}`);
    await terminal.after(PROMPT, `vm ls${ENTER}`);
    await terminal.after(PROMPT, `exit${ENTER}`);
    expect(await terminal.end()).toBe(0);
    expect(history()).toBe('login ada@blue.example\nvm ls\nexit\n');
    expect(statSync(join(fixture.nubo.home, '.config/nubo/history')).mode & 0o777).toBe(0o600);
  });

  it('asks for passwords without showing or remembering them', async () => {
    await terminal.after(PROMPT, `login ada@blue.example${ENTER}`);
    await terminal.after('Password of ada@blue.example: ', `tomatoes-and-basil${ENTER}`);
    await terminal.waitFor('You are ada@blue.example');
    await terminal.after(PROMPT, UP);
    await terminal.after('login ada@blue.example', CTRL_C);
    await terminal.after(PROMPT, CTRL_D);
    expect(await terminal.end()).toBe(0);
    expect(terminal.text).not.toContain('tomatoes');
    expect(history()).not.toContain('tomatoes');
    expect(fixture.gateway.services.callsOf(createSession)[0].input['password']).toBe('tomatoes-and-basil');
  });

  it('completes commands and the names of things', async () => {
    fixture.logIn();
    fixture.gateway.services.answer(listVms, () => ({ items: [vm(), vm({ id: OTHER, name: 'db-1' })] }));
    fixture.gateway.services.answer(getVm, () => vm());
    await terminal.after(PROMPT, `vm sho${TAB}`);
    await terminal.after('vm show ', `we${TAB}`);
    await terminal.after('web-1 ', ENTER);
    await terminal.waitFor(ID);
    await terminal.after(PROMPT, CTRL_D);
    await terminal.end();
  });

  it('stops waiting at Ctrl-C, and asks for the next line', async () => {
    fixture.logIn();
    fixture.gateway.services.answer(updateVm, () => vm({ state: 'starting' }));
    fixture.gateway.services.answer(getVm, () => vm({ state: 'starting' }));
    await terminal.after(PROMPT, `vm start ${ID}${ENTER}`);
    await terminal.after('VM web-1: starting', CTRL_C);
    await terminal.waitFor('No longer waiting for VM web-1; the work goes on.');
    await terminal.after(PROMPT, `exit${ENTER}`);
    expect(await terminal.end()).toBe(0);
  });

  it('goes on after an error', async () => {
    await terminal.after(PROMPT, `vm stpo${ENTER}`);
    await terminal.waitFor("Unknown command 'stpo' (Did you mean stop?)");
    await terminal.after(PROMPT, `vm ls 'open${ENTER}`);
    await terminal.waitFor("A ' is left open.");
    await terminal.after(PROMPT, `help vm stop${ENTER}`);
    await terminal.waitFor('Usage: nubo vm stop');
    await terminal.after(PROMPT, CTRL_D);
    await terminal.end();
  });
});

describe('lines that are piped into nubo', () => {
  const fixture = CliFixture.install();

  it('are run one after the other, and a login may bring its password', async () => {
    fixture.gateway.services.answer(listVms, () => ({ items: [vm()] }));
    const stdin = '# a script\nlogin ada@blue.example\ntomatoes-and-basil\nvm ls name=web-1\nexit\nvm ls\n';
    const { code, stdout, stderr } = await fixture.nubo.run([], { stdin });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('web-1');
    expect(fixture.gateway.services.callsOf(listVms).map(({ input }) => input['query'])).toEqual([
      'name=web-1',
    ]);
  });

  it('end at the first that fails, with its exit code', async () => {
    const { code, stderr } = await fixture.nubo.run([], { stdin: 'vm ls\nlogin ada@blue.example p\n' });
    expect(code).toBe(3);
    expect(stderr).toContain('You are not logged in.');
    expect(fixture.gateway.services.callsOf(createSession)).toHaveLength(0);
  });
});
