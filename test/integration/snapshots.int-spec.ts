// VMs saved as images on a real host: SSH, libvirt, qemu-img. The network beside it is in memory, its bridge made by hand.
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import {
  getImage,
  getVm,
  snapshotVm,
  updateVm,
  type ImageView,
  type Principal,
  type VmState,
} from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { hostPathOf } from '../../apps/compute/src/images/image-copies.driver';
import { ImageCopies } from '../../apps/compute/src/images/image-copies.service';
import { ImageStore } from '../../apps/compute/src/images/image-store.driver';
import { ComputeWorld } from '../../apps/compute/src/vms/testing/compute-world';
import { guestImage, Lab } from '../../lab';
import { enrolledHost } from './enrolled';

jest.setTimeout(180_000);

const HOST = 'snap-a';
const BRIDGE = `ip link add nb1001 type bridge && ip link set nb1001 mtu 1450 up && ip addr add 190.0.0.1/24 dev nb1001`;
const MARK = ['-c', 'read -P 0x42 1600M 64k'];

let lab: Lab;
let world: ComputeWorld;
let owner: Principal;
let baseId: string;

beforeAll(async () => {
  lab = await Lab.attach();
  const { remote, pool } = await enrolledHost(lab, HOST);
  const hosts = {
    reach: async () => remote,
    drop: () => undefined,
    onApplicationShutdown: () => pool.close(),
  };
  const ensure: ImageCopies['ensure'] = async ({ imageId }) => hostPathOf(imageId);
  const copies = { ensure, hostChanged: async () => undefined };
  world = await ComputeWorld.open({ hosts, overrides: [[ImageCopies, copies]] });
  world.network.dhcp = false;
  owner = await world.person();
  await world.host({ name: HOST, address: remote.target.address });
  baseId = await world.image(owner);
  await shell(`${BRIDGE} && mkdir -p /var/lib/nubo/images`);
  await bring(baseId, await readFile(await guestImage()));
});
afterAll(async () => {
  await world?.stop();
  await lab?.powerOff(HOST);
});

async function shell(line: string, stdin?: Buffer): Promise<string> {
  const { code, stdout, stderr } = await lab.execOnHost(HOST, line, { stdin });
  if (code !== 0) throw new Error(`${line}: ${stderr}`);
  return stdout;
}
const bring = (id: string, file: Buffer) => shell(`cat >${hostPathOf(id)}`, file);
const vmBecomes = (id: string, state: VmState) =>
  eventually(async () => (await world.app.call(getVm, contextOf(owner), { id })).state === state, {
    withinMs: 90_000,
  });
const imageBecomesReady = (id: string): Promise<ImageView> =>
  eventually(
    async () => {
      const image = await world.app.call(getImage, contextOf(owner), { id });
      if (image.state === 'error') throw new TypeError(image.stateReason ?? '');
      return image.state === 'ready' && image;
    },
    { withinMs: 90_000 },
  );
const save = (id: string, quiesce = false) =>
  world.app.call(snapshotVm, contextOf(owner), { id, name: 'saved', quiesce });
const page = (ip: string): Promise<string> =>
  shell(`exec 3<>/dev/tcp/${ip}/80 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && timeout 2 cat <&3`);

async function vmFrom(imageId: string, name: string) {
  const vm = await world.create(owner, { name, imageId, memory: 128, disk: 2 });
  await vmBecomes(vm.id, 'running');
  return world.app.call(getVm, contextOf(owner), { id: vm.id });
}

it('makes an image of a VM that holds what was written to it, stands alone, and boots', async () => {
  const { id } = await vmFrom(baseId, 'first');
  await world.app.call(updateVm, contextOf(owner), { id, state: 'stopped' });
  await vmBecomes(id, 'stopped');
  await shell(`qemu-io -c 'write -P 0x42 1600M 64k' /var/lib/nubo/vms/${id}/disk.qcow2`);
  const image = await imageBecomesReady((await save(id)).id);
  const file = world.app.get(ImageStore).path(image.id, 'vm');
  expect(execFileSync('qemu-img', ['info', file], { encoding: 'utf8' })).not.toContain('backing file');
  expect(execFileSync('qemu-io', ['-r', ...MARK, file], { encoding: 'utf8' })).not.toContain(
    'verification failed',
  );
  expect(await shell('ls /var/lib/nubo/snapshots 2>/dev/null || true')).toBe('');

  await bring(image.id, await readFile(file));
  const { nics } = await vmFrom(image.id, 'second');
  const said = await eventually(() => page(nics[0]?.ip ?? ''), { withinMs: 90_000, everyMs: 250 });
  expect(said).toContain('hello from second');
});

/** What the guest's agent answers. */
const agent = async <T>(id: string, execute: string, args?: object): Promise<T> => {
  const command = JSON.stringify({ execute, ...(args && { arguments: args }) });
  const said = await shell(`virsh qemu-agent-command nubo-${id} '${command}'`);
  return (JSON.parse(said) as { return: T }).return;
};
const agentAnswers = (id: string) =>
  eventually(() => agent(id, 'guest-ping').then(() => true), { withinMs: 90_000 });
const inGuest = (id: string, line: string) =>
  agent<{ pid: number }>(id, 'guest-exec', { path: '/bin/sh', arg: ['-c', line] });
const doneInGuest = async (id: string, line: string): Promise<void> => {
  const { pid } = await inGuest(id, line);
  await eventually(async () => (await agent<{ exited: boolean }>(id, 'guest-exec-status', { pid })).exited);
};

it('saves a VM that runs on with its file systems frozen: what the guest had not written yet is in it', async () => {
  const { id } = await vmFrom(baseId, 'agent');
  await agentAnswers(id);
  await doneInGuest(id, 'echo written-a-moment-ago >/root/note');
  const { id: imageId } = await save(id, true);
  expect(await imageBecomesReady(imageId)).toMatchObject({ consistency: 'frozen', vmId: id });
  expect((await shell(`virsh domstate nubo-${id}`)).trim()).toBe('running');
  expect(await agent(id, 'guest-fsfreeze-status')).toBe('thawed');
  const file = world.app.get(ImageStore).path(imageId, 'vm');
  const raw = `${file}.raw`;
  execFileSync('qemu-img', ['convert', '-O', 'raw', file, raw]);
  execFileSync('grep', ['-q', '-a', 'written-a-moment-ago', raw]);
});

it('saves a VM that runs on; without an agent its file systems are as after a power cut', async () => {
  const { id } = await vmFrom(baseId, 'runs');
  await agentAnswers(id);
  await inGuest(id, 'kill $(pidof qemu-ga)').catch(() => undefined);
  await eventually(
    async () =>
      !(await agent(id, 'guest-ping').then(
        () => true,
        () => false,
      )),
    { withinMs: 30_000 },
  );
  const before = await shell(`cat /run/libvirt/qemu/nubo-${id}.pid`);
  const image = await imageBecomesReady((await save(id, true)).id);
  expect(image).toMatchObject({ consistency: 'crash', vmId: id });
  expect((await shell(`virsh domstate nubo-${id}`)).trim()).toBe('running');
  expect(await shell(`cat /run/libvirt/qemu/nubo-${id}.pid`)).toBe(before);
});
