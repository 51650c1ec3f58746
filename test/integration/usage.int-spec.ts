// What a real guest uses up, compared with what libvirt itself says at the same time.
import { readFile } from 'node:fs/promises';
import {
  getVm,
  getVmUsage,
  METERED_KINDS,
  updateVm,
  type MeteredKind,
  type Principal,
  type VmState,
  type VmUsageView,
  type VmView,
} from '@nubo/contracts';
import { type Host } from '@nubo/fleet';
import { wake } from '@nubo/reconcile';
import { contextOf, eventually } from '@nubo/testing';
import { ComputeWorld, IMAGE_FILE } from '../../apps/compute/src/vms/testing/compute-world';
import { guestImage, Lab } from '../../lab';
import { InstanceUsage } from '../../libs/entities/src/compute';
import { enrolledHost, type EnrolledHost } from './enrolled';

jest.setTimeout(300_000);

const HOST = 'usage-a';
const BRIDGE = `ip link add nb1001 type bridge && ip link set nb1001 mtu 1450 up && ip addr add 190.0.0.1/24 dev nb1001`;

type Used = Record<MeteredKind, number>;

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
  const { remote } = machine;
  world = await ComputeWorld.open({
    hosts: { reach: async () => remote, drop: () => undefined, onApplicationShutdown: () => undefined },
  });
  world.network.dhcp = false;
  owner = await world.person();
  host = await world.host({ name: HOST, address: remote.target.address });
});
afterAll(async () => {
  await world?.stop();
  machine?.pool.close();
  await lab?.powerOff(HOST);
});

async function shell(line: string, stdin?: Buffer): Promise<string> {
  const { code, stdout, stderr } = await lab.execOnHost(HOST, line, { stdin });
  if (code !== 0) throw new Error(`${line}: ${stderr}`);
  return stdout;
}

const read = (id: string): Promise<VmView> => world.app.call(getVm, contextOf(owner), { id });
const usage = (id: string): Promise<VmUsageView> => world.app.call(getVmUsage, contextOf(owner), { id });
const becomes = (id: string, state: VmState): Promise<VmView> =>
  eventually(
    async () => {
      const vm = await read(id);
      return vm.state === state && vm;
    },
    { withinMs: 60_000 },
  );
const ask = (id: string, state: 'running' | 'stopped') =>
  world.app.call(updateVm, contextOf(owner), { id, state });

/** A look at the host from beginning to end. */
async function look(id: string): Promise<Used> {
  const { samples } = await world.em.findOneByOrFail(InstanceUsage, { instanceId: id });
  await wake(world.em, 'host-inventory', host.id);
  const counted = async (): Promise<boolean> =>
    (await world.em.findOneByOrFail(InstanceUsage, { instanceId: id })).samples > samples;
  await eventually(counted, { withinMs: 30_000 });
  return usage(id);
}

const STATISTICS: Record<MeteredKind, RegExp> = {
  cpuSeconds: /^ *cpu\.time=(\d+)/gm,
  diskReadBytes: /^ *block\.\d+\.rd\.bytes=(\d+)/gm,
  diskWrittenBytes: /^ *block\.\d+\.wr\.bytes=(\d+)/gm,
  networkInBytes: /^ *net\.\d+\.rx\.bytes=(\d+)/gm,
  networkOutBytes: /^ *net\.\d+\.tx\.bytes=(\d+)/gm,
};

/** What libvirt says of the present run. */
async function saidByLibvirt(id: string): Promise<Used> {
  const stats = await shell(`virsh domstats nubo-${id}`);
  const sum = (kind: MeteredKind): number =>
    [...stats.matchAll(STATISTICS[kind])].reduce((total, [, value]) => total + Number(value), 0);
  const read = Object.fromEntries(METERED_KINDS.map((kind) => [kind, sum(kind)])) as Used;
  return { ...read, cpuSeconds: read.cpuSeconds / 1e9 };
}

/** One look shows what earlier runs came to and what this one did, between two moments around the look. */
async function isRight(id: string, earlier: Used): Promise<Used> {
  const before = await saidByLibvirt(id);
  const shown = await look(id);
  const after = await saidByLibvirt(id);
  for (const kind of METERED_KINDS) {
    expect([kind, shown[kind] >= Math.floor(earlier[kind] + before[kind])]).toEqual([kind, true]);
    // The part of a second that is not shown yet belongs to a run before.
    const most = earlier[kind] + after[kind] + (kind === 'cpuSeconds' ? 1 : 0);
    expect([kind, shown[kind] <= most]).toEqual([kind, true]);
  }
  return shown;
}

const NOTHING = Object.fromEntries(METERED_KINDS.map((kind) => [kind, 0])) as Used;

it('counts CPU time and bytes as libvirt does, through looks, stops, blackouts and a restart of the service', async () => {
  const { id } = await world.create(owner, { name: 'busy', memory: 128, disk: 2 });
  const ip = (await becomes(id, 'running')).nics[0]?.ip ?? '';
  const page = `exec 3<>/dev/tcp/${ip}/80 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && timeout 2 cat <&3`;
  await eventually(() => shell(page), { withinMs: 120_000, everyMs: 250 });
  const booted = await isRight(id, NOTHING);
  expect(booted.cpuSeconds).toBeGreaterThan(0);
  expect(booted.diskReadBytes).toBeGreaterThan(1_000_000);

  await shell(`for i in $(seq 300); do head -c 1000 /dev/zero >/dev/udp/${ip}/9; done; ${page}`);
  const busy = await isRight(id, NOTHING);
  expect(busy.networkInBytes - booted.networkInBytes).toBeGreaterThan(300_000);
  expect(busy.networkOutBytes).toBeGreaterThan(booted.networkOutBytes);
  expect(busy.networkOutBytes - booted.networkOutBytes).toBeLessThan(300_000);

  await world.restart();
  await isRight(id, NOTHING);
  await isRight(id, NOTHING);

  const last = await saidByLibvirt(id);
  await ask(id, 'stopped');
  await becomes(id, 'stopped');
  const stopped = await usage(id);
  for (const kind of METERED_KINDS) expect(stopped[kind]).toBeGreaterThanOrEqual(Math.floor(last[kind]));
  await ask(id, 'running');
  await becomes(id, 'running');
  const second = await isRight(id, stopped);

  // libvirt numbers domains from 1 again.
  await lab.powerOff(HOST);
  await lab.powerOn(HOST);
  await shell(BRIDGE);
  await wake(world.em, 'vm', id);
  const running = async (): Promise<boolean> =>
    (await shell(`virsh domstate nubo-${id}`)).trim() === 'running';
  await eventually(running, { withinMs: 60_000 });
  await becomes(id, 'running');
  await isRight(id, second);
});
