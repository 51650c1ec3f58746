// The compute service's VMs on a real host: SSH, libvirt, qemu. The network beside it is in memory, its bridge made by hand.
import { readFile } from 'node:fs/promises';
import {
  createVm,
  deleteVm,
  getVm,
  readConsole,
  rebootVm,
  updateVm,
  type Principal,
  type VmState,
  type VmView,
} from '@nubo/contracts';
import { type Host } from '@nubo/fleet';
import { wake } from '@nubo/reconcile';
import { contextOf, eventually } from '@nubo/testing';
import { ComputeWorld, IMAGE_FILE } from '../../apps/compute/src/vms/testing/compute-world';
import { NIC_LOST } from '../../apps/compute/src/vms/vms.rules';
import { Vm } from '../../libs/entities/src/compute';
import { guestImage, Lab } from '../../lab';
import { enrolledHost, type EnrolledHost } from './enrolled';

jest.setTimeout(120_000);

const HOST = 'vms-a';
const BRIDGE = `ip link add nb1001 type bridge && ip link set nb1001 mtu 1450 up && ip addr add 190.0.0.1/24 dev nb1001`;
/** Somebody else's domain under a name like ours. */
const FOREIGN = 'a3f1c2d4-6f0b-4d30-9b5c-6a5a4a3f2a11';
const foreignXml = `<domain type='qemu'><name>nubo-${FOREIGN}</name><uuid>${FOREIGN}</uuid><memory unit='MiB'>16</memory>
  <vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os></domain>`;

/** virtlogd's bounds as Debian has them: the file that is written to, and three older ones. */
const FULL = 2 * 1024 * 1024;
const LOGS = ['console.log', 'console.log.0', 'console.log.1', 'console.log.2'];

let lab: Lab;
let machine: EnrolledHost;
let world: ComputeWorld;
let owner: Principal;
let host: Host;

beforeAll(async () => {
  lab = await Lab.attach();
  machine = await enrolledHost(lab, HOST);
  const stdin = await readFile(await guestImage());
  await shell(`${BRIDGE} && mkdir -p /var/lib/nubo/images && cat >${IMAGE_FILE}`, stdin);
  const { remote, pool } = machine;
  const reach = async () => remote;
  world = await ComputeWorld.open({
    hosts: { reach, drop: () => undefined, onApplicationShutdown: () => pool.close() },
  });
  world.network.dhcp = false;
  owner = await world.person();
  host = await world.host({ name: HOST, address: remote.target.address });
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

const page = (ip: string): Promise<string> =>
  shell(`exec 3<>/dev/tcp/${ip}/80 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && timeout 2 cat <&3`);
const domains = async (): Promise<string[]> =>
  (await shell('virsh -q list --all --name')).split('\n').filter(Boolean);
const read = (id: string): Promise<VmView> => world.app.call(getVm, contextOf(owner), { id });
const becomes = (id: string, state: VmState): Promise<VmView> =>
  eventually(
    async () => {
      const vm = await read(id);
      return vm.state === state && vm;
    },
    { withinMs: 60_000 },
  );
const goes = (id: string) =>
  eventually(async () => (await world.em.countBy(Vm, { id })) === 0, { withinMs: 30_000 });

async function runningVm(name: string, sshKeys: string[] = []): Promise<VmView> {
  const { id } = await world.create(owner, { name, memory: 128, disk: 2, sshKeys });
  return becomes(id, 'running');
}

async function remove(id: string): Promise<void> {
  await world.app.call(deleteVm, contextOf(owner), { id });
  await goes(id);
}

const SSH =
  'ssh -i /root/.ssh/guest -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=5';
const guestKey = async (): Promise<string> =>
  (
    await shell(
      `cd /root/.ssh; [ -e guest ] || ssh-keygen -q -t ed25519 -N '' -f guest; cat /root/.ssh/guest.pub`,
    )
  ).trim();
const inside = (ip: string, line: string): Promise<string> => shell(`${SSH} root@${ip} '${line}'`);
const answers = (ip: string): Promise<string> =>
  eventually(() => inside(ip, 'cat /proc/sys/kernel/random/boot_id'), { withinMs: 60_000, everyMs: 500 });
/** How often the guest came up, as its console tells. */
const boots = async (id: string): Promise<number> => {
  const { text } = await world.app.call(readConsole, contextOf(owner), { id, lines: 1_000 });
  return text.split('[guest] ready at').length - 1;
};

it('makes a guest that answers under its name and address, stops it, starts it and leaves nothing', async () => {
  const { id, nics } = await runningVm('web');
  const ip = nics[0]?.ip ?? '';
  expect(await domains()).toEqual([`nubo-${id}`]);
  expect(await eventually(() => page(ip), { withinMs: 60_000, everyMs: 250 })).toContain('hello from web');
  await eventually(async () => (await shell(`cat /var/lib/nubo/vms/${id}/console.log`)).includes('host=web'));

  await world.app.call(updateVm, contextOf(owner), { id, state: 'stopped' });
  await becomes(id, 'stopped');
  expect((await shell(`virsh domstate nubo-${id} --reason`)).trim()).toBe('shut off (shutdown)');
  await world.app.call(updateVm, contextOf(owner), { id, state: 'running' });
  await becomes(id, 'running');

  await remove(id);
  expect(await domains()).toEqual([]);
  expect(
    await shell('ls /var/lib/nubo/vms; ls /var/lib/nubo/fence; ls /sys/class/net | grep ^np || true'),
  ).toBe('');
});

it('boots a guest anew when it is asked to, or with its power cut, and shows each boot on its console', async () => {
  const { id, nics } = await runningVm('again', [await guestKey()]);
  const ip = nics[0]?.ip ?? '';
  const booted = (times: number) =>
    eventually(async () => (await boots(id)) === times, { withinMs: 60_000, everyMs: 500 });
  await booted(1);
  const runs = [await answers(ip)];

  await world.app.call(rebootVm, contextOf(owner), { id });
  await becomes(id, 'running');
  await booted(2);
  runs.push(await answers(ip));

  await inside(ip, 'kill $(pidof acpid)');
  await world.app.call(rebootVm, contextOf(owner), { id, hard: true });
  await becomes(id, 'running');
  await booted(3);
  runs.push(await answers(ip));
  expect(new Set(runs).size).toBe(3);

  const shown = await world.app.call(readConsole, contextOf(owner), { id, lines: 50 });
  expect(shown.text).toMatch(/\[guest\] userspace at [\s\S]*\[guest\] ready at \S+ host=again\n/);
  await remove(id);
});

it('bounds what a guest can write to the host by its console', async () => {
  const { id, nics } = await runningVm('chatty', [await guestKey()]);
  const ip = nics[0]?.ip ?? '';
  await answers(ip);
  const folder = `/var/lib/nubo/vms/${id}`;
  await shell(`cd ${folder} && for old in 0 1 2; do head -c ${FULL} /dev/zero >console.log.$old; done`);
  await writeForQemu(id, FULL - 50_000);
  await inside(ip, `yes 0123456789abcdef | head -c 100000 >/dev/ttyS0; echo the end >/dev/ttyS0`);
  await eventually(async () => {
    const { text } = await world.app.call(readConsole, contextOf(owner), { id, lines: 3 });
    return text.includes('the end');
  });
  const files = (await shell(`cd ${folder} && stat -c '%n %s' console.log*`)).trim().split('\n');
  expect(files.map((file) => file.split(' ')[0])).toEqual(LOGS);
  for (const file of files) expect(Number(file.split(' ')[1])).toBeLessThanOrEqual(FULL);
  await shell(`cd ${folder} && grep -aq filler console.log.0 && grep -aq 'the end' console.log`);
  await remove(id);
});

/** Into the pipe to virtlogd that qemu writes the console to: byte by byte the guest would take a minute for it. */
const writeForQemu = (id: string, bytes: number): Promise<string> =>
  shell(`cd /proc/$(cat /run/libvirt/qemu/nubo-${id}.pid)/fd
    for fd in *; do [ $fd -gt 2 ] && case $(readlink $fd) in pipe:*) yes filler | head -c ${bytes} >$fd;; esac; done`);

it('runs a guest that is only an image and memory, on its user’s default network', async () => {
  const imageId = await world.image(owner);
  const { id } = await world.app.call(createVm, contextOf(owner), { imageId, memory: 128 });
  const { name, nics } = await becomes(id, 'running');
  expect(nics).toMatchObject([{ subnetId: world.network.defaults.get(owner.userId) }]);
  const ip = nics[0]?.ip ?? '';
  expect(await eventually(() => page(ip), { withinMs: 60_000, everyMs: 250 })).toContain(
    `hello from ${name}`,
  );
  await remove(id);
});

it('starts a guest again whose qemu was killed, told by libvirt', async () => {
  const { id } = await runningVm('db');
  await wake(world.em, 'host-inventory', host.id);
  await eventually(async () => {
    const [row] = await world.em.query<{ due_at: Date }[]>(
      `SELECT due_at FROM work WHERE kind = 'host-inventory' AND due_at > now()`,
    );
    return row;
  });
  const before = await shell(`cat /run/libvirt/qemu/nubo-${id}.pid`);
  await shell(`kill -9 ${before.trim()}`);
  await eventually(async () => (await shell(`cat /run/libvirt/qemu/nubo-${id}.pid`)) !== before, {
    withinMs: 20_000,
  });
  await becomes(id, 'running');
  await remove(id);
});

it('runs on when one of its networks is taken away, and has no card for it after the next boot', async () => {
  const nics = [{ subnetId: world.subnet() }, { subnetId: world.subnet() }];
  const { id } = await world.create(owner, { name: 'lent', memory: 128, disk: 2, nics });
  const { nics: made } = await becomes(id, 'running');
  const cards = async (): Promise<string[]> =>
    (await shell(`virsh domiflist nubo-${id}`)).match(/52:54:00(?::[0-9a-f]{2}){3}/g) ?? [];
  const run = () => shell(`cat /run/libvirt/qemu/nubo-${id}.pid`);
  const [before, macs] = [await run(), made.map(({ mac }) => mac)];
  expect(await cards()).toEqual(macs);

  await world.network.takeAway(made[0]?.portId ?? '');
  await eventually(async () => (await read(id)).nics.length === 1);
  expect(await read(id)).toMatchObject({ state: 'running', stateReason: NIC_LOST });
  expect(await run()).toBe(before);
  await world.app.call(rebootVm, contextOf(owner), { id, hard: true });
  await becomes(id, 'running');
  expect(await run()).not.toBe(before);
  expect(await cards()).toEqual([macs[1]]);
  await remove(id);
});

it('takes away what no VM knows, and nothing that is not its own', async () => {
  await shell(`cat >/tmp/foreign.xml && virsh -q define /tmp/foreign.xml`, Buffer.from(foreignXml));
  const { id } = await runningVm('lost');
  await world.em.delete(Vm, { id });
  await wake(world.em, 'host-inventory', host.id);
  await eventually(async () => (await domains()).length === 1, { withinMs: 20_000 });
  expect(await domains()).toEqual([`nubo-${FOREIGN}`]);
  await eventually(async () => (await shell('ls /var/lib/nubo/vms')) === '');
  await shell(`virsh -q undefine nubo-${FOREIGN}`);
});

it('starts its guests again when the host comes back from a blackout', async () => {
  const { id } = await runningVm('phoenix');
  await lab.powerOff(HOST);
  await lab.powerOn(HOST);
  await shell(BRIDGE);
  await wake(world.em, 'vm', id);
  await eventually(async () => (await shell(`virsh domstate nubo-${id}`)).trim() === 'running', {
    withinMs: 30_000,
  });
  await becomes(id, 'running');
  await remove(id);
  expect(await domains()).toEqual([]);
});
