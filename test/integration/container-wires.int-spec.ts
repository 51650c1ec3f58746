// The network of containers as compute plugs it, behind the filters that network sets.
import type { PortView } from '@nubo/contracts';
import { someone } from '@nubo/testing';
import {
  namespacePath,
  PLUGGED_SCRIPT,
  plugScript,
  TRAFFIC_SCRIPT,
  unplugAllScript,
  unplugScript,
} from '../../apps/compute/src/containers/netns-scripts.driver';
import { NetworkLab } from './network-lab';

jest.setTimeout(60_000);

const [HOST, GATEWAY] = ['wire-a', 'wire-gw'];
const tenant = someone('owner');

let world: NetworkLab;
let one: PortView;
let two: PortView;

const ownerOf = ({ id }: PortView): string => `platform container-of-${id}`;
const plug = async (port: PortView): Promise<string> =>
  world.on(HOST, plugScript({ ...port, portId: port.id, owner: ownerOf(port) }).text);
const unplug = (port: PortView) => world.on(HOST, unplugScript({ ...port, portId: port.id }).text);
const inside = (port: PortView, line: string) =>
  world.on(HOST, `nsenter --net=${namespacePath(port.id)} sh -c '${line}'`);
const reaches = async (from: PortView, address: string, options = ''): Promise<boolean> =>
  (await inside(from, `ping -c 1 -W 1 ${options} ${address} >/dev/null 2>&1; echo $?`)).trim() === '0';

beforeAll(async () => {
  world = await NetworkLab.start([HOST], [GATEWAY]);
  const vpc = await world.vpc(tenant, 'blue');
  const { id } = await world.subnet(tenant, { vpcId: vpc.id, name: 'lan', cidr: '190.0.0.0/24' });
  [one, two] = await Promise.all([world.port(tenant, id, HOST), world.port(tenant, id, HOST)]);
  expect(await plug(one)).toBe('');
  expect(await plug(two)).toBe('');
});

afterAll(async () => {
  await world?.stop();
});

describe('the network of a container', () => {
  it('reaches its neighbour and its router', async () => {
    expect(await reaches(one, two.ip)).toBe(true);
    expect(await reaches(one, one.gateway)).toBe(true);
  });

  it('is as the port says', async () => {
    const [card] = JSON.parse(await inside(one, 'ip -j addr show dev eth0')) as {
      mtu: number;
      address: string;
      addr_info: object[];
    }[];
    expect(card).toMatchObject({ mtu: one.mtu, address: one.mac });
    expect(card?.addr_info).toContainEqual(expect.objectContaining({ local: one.ip, prefixlen: one.prefix }));
    expect(await inside(one, 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start')).toBe('0\n');
  });

  it('is heard under its own address and MAC only', async () => {
    await inside(one, 'ip addr add 190.0.0.99/24 dev eth0');
    expect(await reaches(one, two.ip, '-I 190.0.0.99')).toBe(false);
    expect(await reaches(one, two.ip)).toBe(true);
    await inside(one, 'ip link set eth0 address 52:54:00:66:66:66');
    expect(await reaches(one, two.ip)).toBe(false);
    expect(await plug(one)).toBe('');
    expect(await reaches(one, two.ip)).toBe(true);
    await inside(one, 'ip addr del 190.0.0.99/24 dev eth0');
  });

  it('may be plugged again while it is used, and keeps its card', async () => {
    const before = await inside(one, 'cat /sys/class/net/eth0/ifindex; readlink /proc/self/ns/net');
    expect(await plug(one)).toBe('');
    expect(await inside(one, 'cat /sys/class/net/eth0/ifindex; readlink /proc/self/ns/net')).toBe(before);
  });

  it.each([
    ['its device', () => world.on(HOST, `ip link del ${one.device}`)],
    ['its bridge', () => world.on(HOST, `ip link set ${one.device} nomaster`)],
    ['its address', () => inside(one, 'ip addr flush dev eth0')],
    ['its namespace', () => world.on(HOST, `ip netns del nc-${one.id.slice(0, 8)}; sleep 0.2`)],
    [
      'all but the name of its namespace',
      () =>
        world.on(HOST, `ip netns del nc-${one.id.slice(0, 8)}; sleep 0.2; touch ${namespacePath(one.id)}`),
    ],
  ])('that lost %s is whole again when it is plugged', async (_, lose) => {
    await lose();
    expect(await reaches(one, two.ip)).toBe(false);
    expect(await plug(one)).toBe('');
    expect(await reaches(one, two.ip)).toBe(true);
  });

  const owners = async (): Promise<string[]> =>
    (await world.on(HOST, PLUGGED_SCRIPT.text)).split('\n').filter(Boolean).sort();

  it('is listed with its owner, and counted as the container sees it', async () => {
    expect(await owners()).toEqual([one, two].map(ownerOf).sort());
    const read = async (): Promise<number[]> => {
      const lines = (await world.on(HOST, TRAFFIC_SCRIPT.text)).split('\n');
      return (lines.find((line) => line.startsWith(`${one.device} `)) ?? '')
        .trim()
        .split(' ')
        .slice(1)
        .map(Number);
    };
    await inside(two, 'ip neigh flush all');
    const [inBefore = NaN, outBefore = NaN] = await read();
    await inside(
      one,
      `ping -c 3 -i 0.1 -s 1000 -W 1 ${two.ip}; ping -c 2 -i 0.1 -W 1 -s 1400 -b 190.0.0.255`,
    );
    const [inAfter = NaN, outAfter = NaN] = await read();
    expect(inAfter - inBefore).toBeGreaterThan(3_000);
    expect(outAfter - outBefore).toBeGreaterThan(inAfter - inBefore);
  });

  it('that is unplugged leaves nothing, twice as well', async () => {
    await unplug(two);
    await unplug(two);
    expect(await world.on(HOST, `ip link show ${two.device} 2>&1; ls ${namespacePath(two.id)} 2>&1`)).toMatch(
      /does not exist[^]*No such file/,
    );
    expect(await owners()).toEqual([ownerOf(one)]);
    expect(await reaches(one, two.ip)).toBe(false);
    expect(await reaches(one, one.gateway)).toBe(true);
  });

  it('goes with all of its owner, whatever its port is, and nobody else’s does', async () => {
    await plug(two);
    await world.on(HOST, unplugAllScript(ownerOf(two).slice(0, -1)).text);
    expect(await owners()).toEqual([one, two].map(ownerOf).sort());
    await world.on(HOST, unplugAllScript(ownerOf(two)).text);
    await world.on(HOST, unplugAllScript(ownerOf(two)).text);
    expect(await owners()).toEqual([ownerOf(one)]);
    expect(await world.on(HOST, `ip link show ${two.device} 2>&1; ls ${namespacePath(two.id)} 2>&1`)).toMatch(
      /does not exist[^]*No such file/,
    );
    expect(await reaches(one, one.gateway)).toBe(true);
  });
});
