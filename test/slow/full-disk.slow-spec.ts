// A host whose disk is full, with a guest that writes: real libvirt and qemu. The network beside it is in memory.
import { readFile } from 'node:fs/promises';
import { getVm, type Principal } from '@nubo/contracts';
import { wake } from '@nubo/reconcile';
import { contextOf, eventually } from '@nubo/testing';
import { hostPathOf } from '../../apps/compute/src/images/image-copies.driver';
import { ImageCopies } from '../../apps/compute/src/images/image-copies.service';
import { ComputeWorld } from '../../apps/compute/src/vms/testing/compute-world';
import { STUCK } from '../../apps/compute/src/vms/vms.rules';
import { guestImage, Lab } from '../../lab';
import { enrolledHost } from '../integration/enrolled';

jest.setTimeout(300_000);

const HOST = 'full-a';
const BRIDGE = 'ip link add nb1001 type bridge && ip link set nb1001 mtu 1450 up';
const DISKS = '/var/lib/nubo/vms';
const PATIENCE = { withinMs: 90_000 };

let lab: Lab;
let world: ComputeWorld;
let owner: Principal;
let hostId: string;
let imageId: string;

beforeAll(async () => {
  lab = await Lab.attach();
  const { remote, pool } = await enrolledHost(lab, HOST);
  const hosts = {
    reach: async () => remote,
    drop: () => undefined,
    onApplicationShutdown: () => pool.close(),
  };
  const ensure: ImageCopies['ensure'] = async (copy) => hostPathOf(copy.imageId);
  const copies = { ensure, hostChanged: async () => undefined };
  world = await ComputeWorld.open({ hosts, overrides: [[ImageCopies, copies]] });
  owner = await world.person();
  ({ id: hostId } = await world.host({ name: HOST, address: remote.target.address }));
  imageId = await world.image(owner);
  await shell(`${BRIDGE} && mkdir -p /var/lib/nubo/images ${DISKS}`);
  await shell(`mount -t tmpfs -o size=40M,mode=711 tmpfs ${DISKS}`);
  await shell(`cat >${hostPathOf(imageId)}`, await readFile(await guestImage()));
});
afterAll(async () => {
  await world?.stop();
  await lab?.powerOff(HOST);
});

async function shell(line: string, stdin?: Buffer): Promise<string> {
  const { code, stdout, stderr } = await lab.execOnHost(HOST, line, { stdin });
  if (code !== 0) throw new Error(`${line}: ${stderr}`);
  return stdout.trim();
}
const agent = (id: string, command: object): Promise<string> =>
  shell(`virsh qemu-agent-command nubo-${id} '${JSON.stringify(command)}'`);
const agentAnswers = (id: string) => eventually(() => agent(id, { execute: 'guest-ping' }), PATIENCE);
const inGuest = (id: string, line: string): Promise<string> =>
  agent(id, { execute: 'guest-exec', arguments: { path: '/bin/sh', arg: ['-c', line] } });

it('a guest stands still on a host without room, says so, and goes on when there is some', async () => {
  const { id } = await world.create(owner, { imageId, memory: 128, disk: 2 });
  const vm = () => world.app.call(getVm, contextOf(owner), { id });
  const domain = () => shell(`virsh domstate --reason nubo-${id}`);
  await eventually(async () => (await vm()).state === 'running', PATIENCE);
  await agentAnswers(id);
  await inGuest(id, 'dd if=/dev/zero of=/dev/vda bs=1M seek=1000 count=100; sync');
  await eventually(async () => (await domain()) === 'paused (I/O error)', PATIENCE);
  await wake(world.em, 'host-inventory', hostId);
  await eventually(async () => (await vm()).stateReason === STUCK, PATIENCE);
  await shell(`mount -o remount,size=400M ${DISKS}`);
  await eventually(async () => (await domain()).startsWith('running'), PATIENCE);
  await eventually(async () => (await vm()).stateReason === null, PATIENCE);
  await agentAnswers(id);
});
