import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { HostsAccess } from '@nubo/fleet';
import { RemoteError, type ShellCommand } from '@nubo/remote';
import type { ComputeConfig } from '../compute.config';
import type { LibvirtChannels } from '../vms/libvirt-channels.driver';
import { SPARE } from './host-scripts.driver';
import { SshSnapshotDriver, type SnapshotPlace } from './snapshots.driver';

const MIB = 1024 ** 2;
const INFO = JSON.stringify({ format: 'qcow2', 'backing-filename': '/var/lib/nubo/images/base.qcow2' });
const NO_ROOM = 'echo "no: No space left on device" >&2; exit 1';

let root: string;
let free: number;
let place: SnapshotPlace;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nubo-room-'));
  free = 100 * SPARE;
  const ids = { imageId: 'saved', vmId: 'v', hostId: 'h', baseImageId: 'base' };
  place = { ...ids, fence: 1, signal: new AbortController().signal };
  for (const file of ['vms/v/disk.qcow2', 'images/base.qcow2']) fill(file, MIB);
  program('qemu-img', `[ "$1" != info ] || echo '${INFO}'`);
  program('prlimit', 'echo flat >flat.qcow2');
});
afterEach(() => rmSync(root, { recursive: true }));

function fill(file: string, bytes: number): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), Buffer.alloc(bytes, 1));
}
function program(name: string, line: string): void {
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'bin', name), `#!/bin/sh\nfor last; do :; done\n${line}\n`);
  chmodSync(join(root, 'bin', name), 0o755);
}
const allocated = (file: string): number => statSync(join(root, file)).blocks * 512;
const kept = (): string[] => readdirSync(join(root, 'snapshots/saved')).sort();

/** This machine as the host, below `root`. */
async function run({ text }: ShellCommand): Promise<string> {
  program('df', `echo Avail; echo ${free}`);
  const env = { PATH: `${root}/bin:${process.env.PATH}` };
  const here = text.replaceAll('/var/lib/nubo', root);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', here], { env, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new RemoteError('exit', { id: 'h', label: 'h' }, `exit ${status}`, { code: status ?? 255, stderr });
}
function driver(imageMaxBytes = 100 * MIB): SshSnapshotDriver {
  const hosts: Pick<HostsAccess, 'reach'> = {
    reach: async () => ({ fenced: () => ({ run }) }) as never,
  };
  const config: Pick<ComputeConfig, 'imageMaxBytes'> = { imageMaxBytes };
  return new SshSnapshotDriver(hosts as HostsAccess, {} as LibvirtChannels, config as ComputeConfig);
}

describe('the copy of a disk', () => {
  const needed = () => 2 * allocated('vms/v/disk.qcow2') + allocated('images/base.qcow2') + SPARE;

  it('is made where there is room for it, for the flat disk, and for the guests', async () => {
    free = needed() + MIB / 4;
    await driver().copy(place);
    expect(kept()).toEqual(['disk.qcow2']);
  });

  it('is not begun where there is not, and says the numbers', async () => {
    free = needed() - MIB / 4;
    const refused = {
      name: 'SnapshotFailed',
      message: expect.stringContaining('1.0 GiB are free') as string,
    };
    await expect(driver().copy(place)).rejects.toMatchObject(refused);
    expect(kept()).toEqual([]);
  });

  it('asks for no more than the largest image', async () => {
    free = allocated('vms/v/disk.qcow2') + MIB / 2 + SPARE;
    await driver(MIB / 2).copy(place);
    expect(kept()).toEqual(['disk.qcow2']);
  });

  it.each([
    ['runs out of room', `echo part >"$last"; ${NO_ROOM}`, 'SnapshotFailed'],
    ['is ended', 'echo part >"$last"; kill -TERM $PPID', 'RemoteError'],
  ])('leaves no part of it when it %s', async (_, line, name) => {
    program('cp', line);
    await expect(driver().copy(place)).rejects.toMatchObject({ name });
    expect(kept()).toEqual([]);
  });
});

describe('a disk that is to stand alone', () => {
  beforeEach(() => fill('snapshots/saved/disk.qcow2', MIB));

  it('stays until it is fetched', async () => {
    expect(await driver().flatten(place)).toMatchObject({ bytes: 5 });
    expect(kept()).toEqual(['disk.qcow2', 'flat.qcow2', 'flat.sha256']);
  });

  it('is not begun without room', async () => {
    free = SPARE;
    await expect(driver().flatten(place)).rejects.toMatchObject({ name: 'SnapshotFailed' });
    expect(kept()).toEqual(['disk.qcow2']);
  });

  it('leaves no part of it when it runs out of room', async () => {
    program('prlimit', `echo part >flat.qcow2; ${NO_ROOM}`);
    await expect(driver().flatten(place)).rejects.toMatchObject({ name: 'SnapshotFailed' });
    expect(kept()).toEqual(['disk.qcow2']);
  });
});
