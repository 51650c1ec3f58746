/** What people install: the package, and what it tells their shell. */
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { listVms } from '@nubo/contracts';
import { temporaryFolder } from '../../stack/testing';
import { CliFixture, OTHER, vm } from './cli-fixtures';
import { BIN } from './cli-process';

jest.setTimeout(120_000);

const REPOSITORY = resolve(__dirname, '../..');
const run = promisify(execFile);

describe('the package of nubo', () => {
  const folder = temporaryFolder();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('runs with its own dependencies only, and holds no test', async () => {
    await run('npm', ['pack', '--ignore-scripts=false', '--pack-destination', folder], {
      cwd: join(REPOSITORY, 'apps/cli'),
    });
    await run('tar', ['-xzf', 'nubo-cli-0.1.0.tgz'], { cwd: folder });
    for (const name of ['cli-table3', 'commander', 'openapi-fetch']) link(name);
    // What these three need themselves.
    for (const name of ['string-width', 'strip-ansi', 'ansi-regex', 'emoji-regex', 'is-fullwidth-code-point'])
      link(name);
    const { stdout } = await run(process.execPath, [join(folder, 'package/bin/nubo'), 'help']);
    expect(stdout).toContain('Usage: nubo');
    const { stdout: files } = await run('find', [join(folder, 'package'), '-name', '*spec*']);
    expect(files).toBe('');
  });

  function link(name: string): void {
    mkdirSync(join(folder, 'package/node_modules'), { recursive: true });
    symlinkSync(join(REPOSITORY, 'node_modules', name), join(folder, 'package/node_modules', name));
  }
});

describe('completion in bash', () => {
  const fixture = CliFixture.install();

  /** What bash would offer for the last of the words. */
  async function offered(...words: string[]): Promise<string[]> {
    const bin = join(fixture.nubo.home, 'bin');
    mkdirSync(bin);
    symlinkSync(BIN, join(bin, 'nubo'));
    const script = `
      source <(nubo completion bash)
      complete -p nubo >&2
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      _nubo
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { ...fixture.nubo.environment, PATH: `${bin}:${process.env['PATH']}` };
    const { stdout } = await run('bash', ['-c', script, 'bash', 'nubo', ...words], { env });
    return stdout.split('\n').filter(Boolean);
  }

  it('knows the commands', async () => {
    expect(await offered('vm', 'sto')).toEqual(['stop']);
  });

  it('knows the names of things', async () => {
    fixture.logIn();
    fixture.gateway.services.answer(listVms, () => ({ items: [vm(), vm({ id: OTHER, name: 'web-2' })] }));
    expect(await offered('vm', 'stop', 'we')).toEqual(['web-1', 'web-2']);
    expect(fixture.gateway.services.callsOf(listVms)[0].input['query']).toBe('name=we*');
  });

  it('offers nothing to somebody who is not logged in', async () => {
    expect(await offered('vm', 'stop', 'we')).toEqual([]);
  });
});
