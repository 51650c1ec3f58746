import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, removeFolder } from './files';
import { temporaryFolder } from './testing';
import { waitWhile } from './wait';

const SCRIPT = join(projectRoot(), 'scripts/without-daemons.sh');
const OWN = '#!/bin/sh\nexit 0\n';

describe('installing without daemons', () => {
  let folder: string;
  let policy: string;
  beforeEach(() => {
    folder = temporaryFolder();
    policy = join(folder, 'policy-rc.d');
  });
  afterEach(() => removeFolder(folder));

  const env = (): NodeJS.ProcessEnv => ({ ...process.env, NUBO_POLICY_FILE: policy });
  const forbidden = (): Promise<unknown> =>
    waitWhile(() => (spawnSync(policy).status === 101 ? undefined : 'allowed'), { timeoutMs: 5_000 });
  const during = (command: string): number | null =>
    spawnSync(SCRIPT, ['sh', '-c', command], { env: env() }).status;

  it('forbids every start of a daemon while the command runs, and nothing afterwards', () => {
    expect(during(`${policy} ssh start`)).toBe(101);
    expect(existsSync(policy)).toBe(false);
  });

  it('puts back the policy that was there, with its mode', () => {
    writeFileSync(policy, OWN, { mode: 0o755 });
    expect(during('exit 7')).toBe(7);
    expect(readFileSync(policy, 'utf8')).toBe(OWN);
    expect(statSync(policy).mode & 0o777).toBe(0o755);
  });

  it('puts back the policy when it is asked to end, once the command has ended', async () => {
    writeFileSync(policy, OWN, { mode: 0o755 });
    const script = spawn(SCRIPT, ['sleep', '0.5'], { env: env() });
    await forbidden();
    script.kill('SIGTERM');
    await new Promise((resolve) => script.once('exit', resolve));
    expect(readFileSync(policy, 'utf8')).toBe(OWN);
  });

  it('puts back at the next run what a killed one has left', async () => {
    writeFileSync(policy, OWN, { mode: 0o755 });
    const script = spawn(SCRIPT, ['sleep', '0.5'], { env: env() });
    await forbidden();
    script.kill('SIGKILL');
    await new Promise((resolve) => script.once('exit', resolve));
    expect(readFileSync(policy, 'utf8')).not.toBe(OWN);
    expect(during('true')).toBe(0);
    expect(readFileSync(policy, 'utf8')).toBe(OWN);
  });
});
