import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GUARDED_INSTALL, RESTORE_GUARD } from './install.rules';

let folder: string;
let guard: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nubo-install-'));
  guard = join(folder, 'policy-rc.d');
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(path: string, ...lines: string[]): void {
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
}

/** Runs the script with an apt-get that notes what it is asked and what the guard answers meanwhile. */
function install(...lines: string[]): { code: number | null; asked: string } {
  const asked = join(folder, 'asked');
  program(join(folder, 'apt-get'), `"${guard}"; echo "$? $*" >>"${asked}"`, ...lines);
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  const args = ['-c', GUARDED_INSTALL, 'sh', guard, 'nftables', 'qemu-utils'];
  const { status } = spawnSync('/bin/sh', args, { env, timeout: 10_000 });
  return { code: status, asked: readFileSync(asked, 'utf8') };
}

const restore = (): number | null => spawnSync('/bin/sh', ['-c', RESTORE_GUARD, 'sh', guard]).status;

describe('the installation of packages', () => {
  it('lets no daemon start, and leaves no guard', () => {
    const { code, asked } = install();
    expect(code).toBe(0);
    expect(asked).toMatch(/^101 -q update\n101 .*--no-install-recommends install nftables qemu-utils\n$/);
    expect(existsSync(guard)).toBe(false);
  });

  it('puts back the guard that was there, also when it fails', () => {
    program(guard, 'exit 0');
    const before = readFileSync(guard, 'utf8');
    const { code, asked } = install('exit 100');
    expect(code).toBe(100);
    expect(asked).toContain('101 ');
    expect(readFileSync(guard, 'utf8')).toBe(before);
  });

  it('puts back what a killed run had moved away', () => {
    program(guard, 'exit 0');
    const before = readFileSync(guard, 'utf8');
    expect(install('kill -9 $PPID').code).toBeNull();
    expect(readFileSync(guard, 'utf8')).not.toBe(before);
    expect(install().code).toBe(0);
    expect(readFileSync(guard, 'utf8')).toBe(before);
    expect(existsSync(`${guard}.nubo-kept`)).toBe(false);
  });

  it('takes away the guard of a killed run, also when there is nothing more to install', () => {
    expect(install('kill -9 $PPID').code).toBeNull();
    expect(existsSync(guard)).toBe(true);
    expect(restore()).toBe(0);
    expect(existsSync(guard)).toBe(false);
  });

  it('does not take its own guard for one that was there, after a kill', () => {
    expect(install('kill -9 $PPID').code).toBeNull();
    expect(install().code).toBe(0);
    expect(existsSync(guard)).toBe(false);
  });

  it('leaves a guard alone that is not its own', () => {
    program(guard, 'exit 101');
    const before = readFileSync(guard, 'utf8');
    expect(restore()).toBe(0);
    expect(readFileSync(guard, 'utf8')).toBe(before);
  });
});
