// Guests that attack hosts and other tenants below the IP layer, and strangers that send VXLAN.
import type { SubnetView } from '@nubo/contracts';
import { eventually, someone } from '@nubo/testing';
import { NetworkLab, type Guest } from './network-lab';

jest.setTimeout(60_000);

const [HOST, OTHER, GATEWAY] = ['atk-a', 'atk-b', 'atk-gw'];
const blue = someone('owner');
const red = someone('owner');
const WORD = 'from-a-stranger';
const PORT = 7777;
/** A group of IEEE 802.1D: what is sent to it never passes through a bridge. */
const LLDP = '01:80:c2:00:00:0e';

let world: NetworkLab;
let blueGuest: Guest;
let redGuest: Guest;
let redOther: Guest;

const lan = async (who: typeof blue, name: string): Promise<SubnetView> => {
  const vpc = await world.vpc(who, name);
  return world.subnet(who, { vpcId: vpc.id, name: 'lan', cidr: '190.0.0.0/24' });
};

beforeAll(async () => {
  world = await NetworkLab.start([HOST, OTHER], [GATEWAY]);
  const [blueLan, redLan] = await Promise.all([lan(blue, 'blue'), lan(red, 'red')]);
  blueGuest = await world.guest(await world.port(blue, blueLan.id, HOST), HOST);
  redGuest = await world.guest(await world.port(red, redLan.id, HOST), HOST);
  redOther = await world.guest(await world.port(red, redLan.id, OTHER), OTHER);
});

afterAll(async () => {
  await world?.stop();
});

const addressOf = (host: string): string => world.lab.host(host).address;

interface Ear {
  run: (line: string) => Promise<string>;
  type?: 'udp4' | 'udp6';
}

const LISTENS_MS = 20_000;
const ON_ITS_WAY_MS = 300;
const END = 'end of this test';

/** What a UDP socket on PORT is told, where `run` runs it, until a while after `send` has sent. */
async function heard({ run, type = 'udp4' }: Ear, send: () => Promise<unknown>): Promise<string> {
  const script = `const s = require("dgram").createSocket("${type}", (m, r) => String(m) === "${END}" ? process.exit() : console.log(String(m), r.address)).bind(${PORT}); setTimeout(() => s.close(), ${LISTENS_MS})`;
  const said = run(`ip link set lo up; ${process.execPath} -e '${script}'`);
  await eventually(async () => (await run(`ss -Hlun 'sport = :${PORT}'`)) !== '', { withinMs: LISTENS_MS });
  await send();
  await new Promise((resolve) => setTimeout(resolve, ON_ITS_WAY_MS));
  await run(sends(Buffer.from(END), type === 'udp4' ? '127.0.0.1' : '::1', PORT, type));
  return said;
}

/** A line of shell that sends `payload` by UDP. */
const sends = (payload: Buffer, address: string, port: number, type = 'udp4'): string =>
  `${process.execPath} -e 'const s = require("dgram").createSocket("${type}"); s.send(Buffer.from("${payload.toString('hex')}", "hex"), ${port}, "${address}", () => s.close())'`;

/** RFC 7348: a frame to everybody on a network, with a UDP packet for 190.0.0.x in it. */
function carried(vni: number, target: string): Buffer {
  const word = Buffer.from(WORD);
  const udp = Buffer.alloc(8);
  [1111, PORT, 8 + word.length, 0].forEach((value, i) => udp.writeUInt16BE(value, 2 * i));
  const ip = Buffer.alloc(20);
  ip.set([0x45, 0, 0, 28 + word.length, 0, 1, 0, 0, 64, 17, 0, 0, 190, 0, 0, 99]);
  ip.set(target.split('.').map(Number), 16);
  ip.writeUInt16BE(checksum(ip), 10);
  const frame = Buffer.from('ffffffffffff0255667788aa0800', 'hex');
  const head = Buffer.from([8, 0, 0, 0, vni >> 16, (vni >> 8) & 255, vni & 255, 0]);
  return Buffer.concat([head, frame, ip, udp, word]);
}

function checksum(header: Buffer): number {
  let sum = 0;
  for (let i = 0; i < header.length; i += 2) sum += header.readUInt16BE(i);
  sum = (sum >> 16) + (sum & 0xffff);
  return ~(sum + (sum >> 16)) & 0xffff;
}

const vniOf = ({ port }: Guest): number => Number(port.bridge.slice(2));
const onHost = (line: string) => world.on(HOST, line);
const asGuest = (guest: Guest) => (line: string) => world.inside(guest, line);

describe('a guest that goes for the hosts by their devices', () => {
  const route = (address: string) => world.inside(blueGuest, `ip route replace ${address}/32 dev eth0`);

  it.each([HOST, OTHER, GATEWAY])('gets no answer to ARP for the address of %s', async (name) => {
    await route(addressOf(name));
    await world.inside(blueGuest, `ping -c 1 -W 1 ${addressOf(name)}`);
    const neighbour = await world.inside(blueGuest, `ip neigh show ${addressOf(name)}`);
    expect(neighbour).not.toContain('lladdr');
  });

  it.each([
    [
      'the MAC of the bridge',
      async () => (await world.on(HOST, `cat /sys/class/net/${blueGuest.port.bridge}/address`)).trim(),
    ],
    ['everybody', async () => Promise.resolve('ff:ff:ff:ff:ff:ff')],
    ['the link-local group of LLDP', async () => Promise.resolve(LLDP)],
  ])('is not heard by its host under %s', async (_, mac) => {
    const address = addressOf(HOST);
    await route(address);
    await world.inside(blueGuest, `ip neigh replace ${address} lladdr ${await mac()} dev eth0 nud permanent`);
    const send = () => world.inside(blueGuest, sends(Buffer.from(WORD), address, PORT));
    expect(await heard({ run: onHost }, send)).not.toContain(WORD);
  });

  it('is not heard by its host with IPv6', async () => {
    const { device } = blueGuest.port;
    const [, address] =
      /inet6 (fe80:\S+)\//.exec(await world.on(HOST, `ip -6 addr show dev ${device}`)) ?? [];
    if (!address) throw new Error(`${device} has no link-local address to go for`);
    await world.inside(blueGuest, `ip -6 neigh replace ${address} lladdr ${LLDP} dev eth0 nud permanent`);
    const send = () => world.inside(blueGuest, sends(Buffer.from(WORD), `${address}%eth0`, PORT, 'udp6'));
    expect(await heard({ run: onHost, type: 'udp6' }, send)).not.toContain(WORD);
  });
});

describe('VXLAN', () => {
  it('from a host that has the network arrives, which shows that the test can hear', async () => {
    const send = () => world.inside(redOther, sends(Buffer.from(WORD), redGuest.port.ip, PORT));
    expect(await heard({ run: asGuest(redGuest) }, send)).toContain(WORD);
  });

  it('from a stranger outside reaches no guest', async () => {
    const line = sends(carried(vniOf(redGuest), redGuest.port.ip), addressOf(HOST), 4789);
    const send = () => world.lab.outside.exec(['sh', '-c', line], { timeoutMs: 10_000 });
    expect(await heard({ run: asGuest(redGuest) }, send)).not.toContain(WORD);
  });

  it('from a guest reaches no other tenant', async () => {
    const address = addressOf(HOST);
    await world.inside(blueGuest, `ip route replace ${address}/32 dev eth0`);
    const mac = await world.on(HOST, `cat /sys/class/net/${blueGuest.port.bridge}/address`);
    await world.inside(blueGuest, `ip neigh replace ${address} lladdr ${mac.trim()} dev eth0 nud permanent`);
    const send = () =>
      world.inside(blueGuest, sends(carried(vniOf(redGuest), redGuest.port.ip), address, 4789));
    expect(await heard({ run: asGuest(redGuest) }, send)).not.toContain(WORD);
  });
});
