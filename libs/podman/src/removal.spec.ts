import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removePodman } from './removal';

/** Says nothing and fails at its first `$FAILS` calls; then it has what `$HAS` says until that is removed. */
const PODMAN = `#!/bin/sh
echo "$1" >>"$HOME/calls"
[ "$(grep -c "" "$HOME/calls")" -gt "$FAILS" ] || exit 125
case $1 in
ps) [ -e "$HOME/gone" ] || printf %s "$HAS" ;;
rm) touch "$HOME/gone" ;;
esac
`;

describe('taking podman from a host', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nubo-podman-'));
    for (const folder of ['lib/containers', 'lib/podman', 'run/podman', 'bin'])
      mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, 'bin/podman'), PODMAN);
    chmodSync(join(root, 'bin/podman'), 0o755);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function remove(fails: number, has = ''): number | null {
    const text = removePodman('nubo.platform=x').text;
    const here = text
      .replaceAll('/var/lib/nubo', join(root, 'lib'))
      .replaceAll('/run/nubo', join(root, 'run'));
    const env = { PATH: `${root}/bin:${process.env.PATH}`, HOME: root, FAILS: String(fails), HAS: has };
    return spawnSync('sh', ['-c', here], { env }).status;
  }
  const calls = () => readFileSync(join(root, 'calls'), 'utf8').trim().split('\n');

  it.each([0, 1, 3])('leaves nothing, also when podman fails at its first %d calls', (fails) => {
    expect(remove(fails, 'c1')).toBe(0);
    expect(calls()).toContain('rm');
    expect(
      ['lib/containers', 'lib/podman', 'run/podman'].filter((path) => existsSync(join(root, path))),
    ).toEqual([]);
  });

  it('gives up when podman goes on failing, and says so by its status', () => {
    expect(remove(1_000)).toBe(1);
    expect(existsSync(join(root, 'lib/containers'))).toBe(true);
  });
});
