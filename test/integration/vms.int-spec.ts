// The compute service's VMs on a real host: SSH, libvirt, qemu. The network beside it is in memory, its bridge made by hand.
import { readFile } from 'node:fs/promises';
import { deleteVm, getVm, updateVm, type Principal, type VmState, type VmView } from '@nubo/contracts';
import { type Host } from '@nubo/fleet';
import { wake } from '@nubo/reconcile';
import { contextOf, eventually } from '@nubo/testing';
import { ComputeWorld, IMAGE_FILE } from '../../apps/compute/src/vms/testing/compute-world';
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

async function runningVm(name: string): Promise<VmView> {
  const { id } = await world.create(owner, { name, memory: 128, disk: 2 });
  return becomes(id, 'running');
}

it('makes a guest that answers under its name and address, stops it, starts it and leaves nothing', async () => {
  const { id, nics } = await runningVm('web');
  const ip = nics[0]?.ip ?? '';
  expect(await domains()).toEqual([`nubo-${id}`]);
  expect(await eventually(() => page(ip), { withinMs: 60_000, everyMs: 250 })).toContain('hello from web');
  expect(await shell(`cat /var/lib/nubo/vms/${id}/console.log`)).toContain('host=web');

  await world.app.call(updateVm, contextOf(owner), { id, state: 'stopped' });
  await becomes(id, 'stopped');
  expect((await shell(`virsh domstate nubo-${id} --reason`)).trim()).toBe('shut off (shutdown)');
  await world.app.call(updateVm, contextOf(owner), { id, state: 'running' });
  await becomes(id, 'running');

  await world.app.call(deleteVm, contextOf(owner), { id });
  await goes(id);
  expect(await domains()).toEqual([]);
  expect(
    await shell('ls /var/lib/nubo/vms; ls /var/lib/nubo/fence; ls /sys/class/net | grep ^np || true'),
  ).toBe('');
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
  await world.app.call(deleteVm, contextOf(owner), { id });
  await goes(id);
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
  await world.app.call(deleteVm, contextOf(owner), { id });
  await goes(id);
  expect(await domains()).toEqual([]);
});
