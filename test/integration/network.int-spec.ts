// Two tenants' networks on real hosts. The names of the hosts are this file's own: other files share the lab.
import {
  deletePort,
  deleteSubnet,
  deleteVpc,
  getPort,
  getVpc,
  type PortView,
  type SubnetView,
  type VpcView,
} from '@nubo/contracts';
import { contextOf, eventually, someone } from '@nubo/testing';
import { compute, NetworkLab, type Guest } from './network-lab';

jest.setTimeout(60_000);

const [A, B, GATEWAY] = ['net-a', 'net-b', 'net-gw'];
const CIDR = '190.0.0.0/24';
const blue = someone('owner');
const red = someone('owner');

let world: NetworkLab;
let blueVpc: VpcView;
let blueSubnet: SubnetView;
let redVpc: VpcView;
let redSubnet: SubnetView;
/** Blue's guests on the two hosts, and red's on the first with the address of blue's first. */
let blueA: Guest;
let blueB: Guest;
let redA: Guest;

const make = async (who: typeof blue, name: string): Promise<[VpcView, SubnetView]> => {
  const vpc = await world.vpc(who, name);
  return [vpc, await world.subnet(who, { vpcId: vpc.id, name: 'lan', cidr: CIDR, dns: ['192.0.2.53'] })];
};

const guestOn = async (host: string, port: PortView): Promise<Guest> => world.guest(port, host);

beforeAll(async () => {
  world = await NetworkLab.start([A, B], [GATEWAY]);
  [[blueVpc, blueSubnet], [redVpc, redSubnet]] = await Promise.all([make(blue, 'blue'), make(red, 'red')]);
  blueA = await guestOn(A, await world.port(blue, blueSubnet.id, A));
  blueB = await guestOn(B, await world.port(blue, blueSubnet.id, B));
  redA = await guestOn(A, await world.port(red, redSubnet.id, A));
});

afterAll(async () => {
  await world?.stop();
});

/** Waits until `look` says that there is no such thing (any more). */
const gone = (look: () => Promise<object>) =>
  eventually(() =>
    look().then(
      () => false,
      (error: { kind?: string }) => error.kind === 'not_found',
    ),
  );

const namespaceOf = (vpc: VpcView): string => `nr-${vpc.id.slice(0, 8)}`;

describe('networks on hosts', () => {
  it('give each VPC a router of its own with an address outside', async () => {
    const outside = await Promise.all(
      [blueVpc, redVpc].map((vpc) =>
        world.lab.outside.exec(['ping', '-c', '1', '-W', '2', vpc.externalIp ?? '']),
      ),
    );
    expect(outside.map(({ code }) => code)).toEqual([0, 0]);
    expect(blueVpc.externalIp).not.toBe(redVpc.externalIp);
  });

  it('give two tenants the same addresses', () => {
    expect([blueA.port.ip, blueB.port.ip, redA.port.ip]).toEqual(['190.0.0.2', '190.0.0.3', '190.0.0.2']);
  });

  it('join guests of a VPC on different hosts, full-size packets included', async () => {
    expect(await eventually(() => world.pings(blueA, blueB.port.ip))).toBe(true);
    expect(await world.pings(blueA, blueB.port.ip, '-M do -s 1422')).toBe(true);
  });

  it('keep tenants apart', async () => {
    expect(await world.pings(redA, '190.0.0.3')).toBe(false);
    expect(await world.pings(redA, redSubnet.gateway)).toBe(true);
  });

  it('lead guests outside, where they are seen with the address of their router', async () => {
    const { address } = world.lab.outside;
    const serve = `require('net').createServer((s) => { console.log(s.remoteAddress); process.exit(); }).listen(7001)`;
    const seen = world.lab.outside.exec([process.execPath, '-e', serve], { timeoutMs: 10_000 });
    expect(await eventually(() => world.connects(blueA, address, 7001))).toBe(true);
    expect((await seen).stdout).toContain(blueVpc.externalIp);
  });

  it('keep guests away from the platform’s hosts', async () => {
    const addresses = [A, B, GATEWAY].map((name) => world.lab.host(name).address);
    expect(await Promise.all(addresses.map((address) => world.connects(blueA, address, 22)))).toEqual([
      false,
      false,
      false,
    ]);
    expect(await world.pings(blueA, world.lab.outside.address)).toBe(true);
  });

  it('tell guests their address, router, MTU and name servers by DHCP', async () => {
    const port = await world.port(blue, blueSubnet.id, B);
    const guest = await world.plug(port, B);
    const lease = await world.askDhcp(guest);
    expect(lease).toMatch(new RegExp(`^ip=${port.ip}$`, 'm'));
    expect(lease).toMatch(/^router=190\.0\.0\.1$/m);
    expect(lease).toMatch(/^subnet=255\.255\.255\.0$/m);
    expect(lease).toMatch(/^mtu=1450$/m);
    expect(lease).toMatch(/^dns=192\.0\.2\.53$/m);
    expect(lease).toMatch(new RegExp(`^hostname=${port.name}$`, 'm'));
    await world.unplug(guest);
    await world.app.call(deletePort, compute, { id: port.id });
  });

  it('give a freed address to the next guest by DHCP, although the one before held a lease', async () => {
    const next = async (): Promise<string> => {
      const port = await world.port(blue, blueSubnet.id, B, '190.0.0.77');
      const guest = await world.plug(port, B);
      const lease = await world.askDhcp(guest);
      await world.unplug(guest);
      await world.app.call(deletePort, compute, { id: port.id });
      await gone(() => world.app.call(getPort, compute, { id: port.id }));
      await world.em.query(
        "UPDATE addresses SET free_at = now() - interval '1 second' WHERE free_at IS NOT NULL",
      );
      return lease;
    };
    for (const lease of [await next(), await next()]) expect(lease).toContain('ip=190.0.0.77');
  });
});

describe('a guest that lies', () => {
  it('is not heard with another IP address', async () => {
    await world.inside(blueA, 'ip addr add 190.0.0.66/24 dev eth0');
    expect(await world.pings(blueA, blueB.port.ip, '-I 190.0.0.66')).toBe(false);
    await world.inside(blueA, 'ip addr del 190.0.0.66/24 dev eth0');
    expect(await world.pings(blueA, blueB.port.ip)).toBe(true);
  });

  it('is not heard with another MAC address', async () => {
    await world.inside(blueA, 'ip link set eth0 address 52:54:00:00:00:66');
    expect(await world.pings(blueA, blueB.port.ip)).toBe(false);
    await world.inside(blueA, `ip link set eth0 address ${blueA.port.mac}`);
    expect(await world.pings(blueA, blueB.port.ip)).toBe(true);
  });

  it('cannot claim the gateway by ARP', async () => {
    await world.inside(blueB, `ip neigh flush all; ping -c 1 -W 1 ${blueSubnet.gateway}`);
    const before = await world.inside(blueB, `ip neigh show ${blueSubnet.gateway}`);
    expect(before).toContain('lladdr');
    await world.inside(
      blueA,
      `ip addr add ${blueSubnet.gateway}/32 dev eth0; echo 1 > /proc/sys/net/ipv4/conf/eth0/arp_notify
       ip link set eth0 down; ip link set eth0 up; sleep 0.2; ip addr del ${blueSubnet.gateway}/32 dev eth0
       ip route replace default via ${blueSubnet.gateway}`,
    );
    const after = await world.inside(blueB, `ip neigh show ${blueSubnet.gateway}`);
    expect(/lladdr \S+/.exec(after)?.[0]).toBe(/lladdr \S+/.exec(before)?.[0]);
    expect(after).not.toContain(blueA.port.mac);
  });

  it('is not heard with IPv6', async () => {
    await world.inside(blueA, 'ip -6 addr add fd00:1::a/64 dev eth0 nodad');
    await world.inside(blueB, 'ip -6 addr add fd00:1::b/64 dev eth0 nodad');
    expect(await world.pings(blueA, 'fd00:1::b', '-6')).toBe(false);
  });

  it('cannot answer DHCP', async () => {
    const hear = `const s = require('dgram').createSocket('udp4', (m) => { console.log(String(m)); if (String(m) === 'other') process.exit() }).bind(68); setTimeout(() => process.exit(), 20000)`;
    const heard = world.inside(blueB, `${process.execPath} -e "${hear}"`);
    const target = `68, '${blueB.port.ip}'`;
    const say = `const { createSocket } = require('dgram'); let n = 0; const bad = createSocket('udp4').bind(67); const good = createSocket('udp4').bind(6767); setInterval(() => { bad.send('offer', ${target}); good.send('other', ${target}); if (++n > 25) process.exit() }, 200)`;
    await world.inside(blueA, `${process.execPath} -e "${say}"`);
    expect((await heard).trim()).toBe('other');
  }, 30_000);
});

describe('what somebody changes on a host by hand', () => {
  const wakeAll = () =>
    world.em.query(`UPDATE work SET due_at = now(), wakes = wakes + 1 WHERE kind = 'host-network'`);

  it('is mended: a bridge that was deleted comes back with its guests in it', async () => {
    await world.on(A, `ip link del ${blueA.port.bridge}`);
    expect(await world.pings(blueA, blueB.port.ip)).toBe(false);
    await wakeAll();
    expect(await eventually(() => world.pings(blueA, blueB.port.ip))).toBe(true);
  });

  it('is mended: a rule that was added or taken away', async () => {
    await world.on(A, 'nft add rule bridge nubo_net ports drop');
    await world.on(GATEWAY, `ip netns exec ${namespaceOf(blueVpc)} nft flush chain inet nubo_net forward`);
    await wakeAll();
    expect(await eventually(() => world.pings(blueA, world.lab.outside.address))).toBe(true);
    await eventually(
      async () => !/^\t\tdrop$/m.test(await world.on(A, 'nft list chain bridge nubo_net ports')),
    );
  });

  it('is mended: a router’s namespace that was deleted, its DHCP server and all', async () => {
    await world.on(GATEWAY, `ip netns del ${namespaceOf(blueVpc)}`);
    await wakeAll();
    await eventually(async () => (await world.on(GATEWAY, 'ip netns')).includes(namespaceOf(blueVpc)));
    expect(await eventually(() => world.pings(blueA, world.lab.outside.address))).toBe(true);
    const servers = `pgrep -fc "conf-file=/run/nubo/${namespaceOf(blueVpc)}/"`;
    await eventually(async () => (await world.on(GATEWAY, servers)).trim() === '1');
  });

  it('is left alone when it is not the platform’s', async () => {
    await world.on(A, 'ip link add br-other type bridge; nft add table inet other; ip netns add other');
    await world.on(A, 'ip link add nb999999 type bridge');
    await wakeAll();
    await eventually(async () => !(await world.on(A, 'ip -br link')).includes('nb999999'));
    expect(await world.on(A, 'ip -br link; nft list tables; ip netns')).toMatch(
      /br-other[^]*inet other[^]*other/,
    );
    await world.on(A, 'ip link del br-other; nft delete table inet other; ip netns del other');
  });
});

describe('hosts that fail', () => {
  it('are programmed anew after they have booted', async () => {
    await world.lab.powerOff(GATEWAY);
    await world.lab.powerOn(GATEWAY);
    await world.em.query(`UPDATE work SET due_at = now(), wakes = wakes + 1 WHERE kind = 'host-network'`);
    expect(await eventually(() => world.pings(blueA, world.lab.outside.address), { withinMs: 20_000 })).toBe(
      true,
    );
  });

  it('never have two DHCP servers for a router, also when its folder was removed by hand', async () => {
    const count = (what: string) => world.on(GATEWAY, `${what} | wc -w`);
    const before = await count('pidof dnsmasq');
    await world.on(GATEWAY, 'rm -rf /run/nubo/nr-*');
    await world.em.query(`UPDATE work SET due_at = now(), wakes = wakes + 1 WHERE kind = 'host-network'`);
    await eventually(async () => (await count('ls /run/nubo/nr-*/dnsmasq.pid')) === before);
    expect(await count('pidof dnsmasq')).toBe(before);
  });

  it('do not hold up what is deleted, and are cleaned when they are back', async () => {
    const port = await world.port(red, redSubnet.id, B);
    await world.on(B, 'true');
    const setState = (state: string) =>
      world.em.query('UPDATE fleet.hosts SET state = $2 WHERE id = $1', [world.hostId(B), state]);
    await setState('down');
    await world.app.call(deletePort, compute, { id: port.id });
    await eventually(async () => {
      const rows: unknown[] = await world.em.query('SELECT 1 FROM ports WHERE id = $1', [port.id]);
      return rows.length === 0;
    });
    expect(await world.on(B, 'ip -br link')).toContain(port.bridge);
    await setState('ready');
    await world.em.query(`UPDATE work SET due_at = now(), wakes = wakes + 1 WHERE kind = 'host-network'`);
    await eventually(async () => !(await world.on(B, 'ip -br link')).includes(port.bridge));
  });
});

describe('networks that are deleted', () => {
  it('leave nothing on any host', async () => {
    for (const guest of [blueA, blueB, redA]) {
      await world.unplug(guest);
      await world.app.call(deletePort, compute, { id: guest.port.id });
    }
    for (const [who, subnet, vpc] of [
      [blue, blueSubnet, blueVpc],
      [red, redSubnet, redVpc],
    ] as const) {
      await world.app.call(deleteSubnet, contextOf(who), { id: subnet.id });
      await world.app.call(deleteVpc, contextOf(who), { id: vpc.id });
      await gone(() => world.app.call(getVpc, contextOf(who), { id: vpc.id }));
    }
    const look =
      'ls /sys/class/net /run/netns /run/nubo /run/nubo/net 2>/dev/null; nft list tables; pgrep -a dnsmasq';
    for (const name of [A, B, GATEWAY])
      expect(await world.on(name, look)).not.toMatch(/n[bxvp]\d|nr-|nubo_net|dnsmasq/);
    const tables = ['vpcs', 'subnets', 'ports', 'addresses', 'grants', 'quota.ledger'];
    for (const table of tables) expect(await world.em.query(`SELECT * FROM ${table}`)).toEqual([]);
  });
});
