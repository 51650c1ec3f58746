import type { HostsAccess } from '@nubo/fleet';
import type { RemoteHost } from '@nubo/remote';
import { SshRouterNatDriver } from '../../apps/pat/src/router-nat/router-nat.driver';
import { planNat, type Forward, type NatState } from '../../apps/pat/src/router-nat/router-nat.rules';
import { Lab } from '../../lab';
import { enrolledHost, type EnrolledHost } from './enrolled';

const HOST = 'pat-a';
const place = { hostId: HOST, namespace: 'nr-0badcafe' };
const signal = AbortSignal.timeout(60_000);
const EXTERNAL = '203.0.113.7';
const VM = '190.0.0.10';

/** A router with a client outside (203.0.113.9) and two guests behind it, all stand-ins made of namespaces. */
const MAKE = `
set -e
for n in ${place.namespace} out vm1 vm2; do ip netns add $n; ip -n $n link set lo up; done
ip -n ${place.namespace} link add in0 type bridge; ip -n ${place.namespace} link set in0 up; ip -n ${place.namespace} addr add 190.0.0.1/24 dev in0
ip link add o1 type veth peer name ex0; ip link set ex0 netns ${place.namespace}; ip link set o1 netns out
ip -n ${place.namespace} addr add ${EXTERNAL}/24 dev ex0; ip -n ${place.namespace} link set ex0 up
ip -n out addr add 203.0.113.9/24 dev o1; ip -n out link set o1 up
for i in 1 2; do
  ip link add v$i type veth peer name p$i; ip link set p$i netns ${place.namespace}; ip link set v$i netns vm$i
  ip -n ${place.namespace} link set p$i master in0 up; ip -n vm$i addr add 190.0.0.\${i}0/24 dev v$i; ip -n vm$i link set v$i up; ip -n vm$i route add default via 190.0.0.1
done
ip netns exec ${place.namespace} sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=0
`;

const forward = (externalPort: number, more: Partial<Forward> = {}): Forward => ({
  protocol: 'tcp',
  externalIp: EXTERNAL,
  externalPort,
  targetIp: VM,
  targetPort: 80,
  ...more,
});
const state = (...forwards: Forward[]): NatState => ({ forwards, networks: ['190.0.0.0/24'] });

const SERVER = `require('net').createServer(s => s.end(process.argv[1] + ' ' + s.remoteAddress)).listen(80)`;
const ASK = `const s = require('net').connect(+process.argv[2], process.argv[1]); s.setTimeout(2000, () => process.exit(1)); s.on('error', () => process.exit(1)); s.pipe(process.stdout)`;
/** Sends ten datagrams a second and counts in a file what arrives. */
const SINK = `let n = 0; require('dgram').createSocket('udp4').on('message', () => require('fs').writeFileSync('/run/' + process.argv[1], String(++n))).bind(53)`;
const PULSE = `const s = require('dgram').createSocket('udp4'); let n = 0; setInterval(() => { s.send('x', 4053, '${EXTERNAL}'); if (++n > 2000) process.exit() }, 20)`;

describe('port translation in a real router', () => {
  let lab: Lab;
  let host: EnrolledHost;
  let driver: SshRouterNatDriver;
  let fence = 0;

  beforeAll(async () => {
    lab = await Lab.attach();
    host = await enrolledHost(lab, HOST);
    const access = { reach: async (): Promise<RemoteHost> => host.remote } as unknown as HostsAccess;
    driver = new SshRouterNatDriver(access);
    await here(MAKE);
    for (const vm of ['vm1', 'vm2']) await background(vm, SERVER, vm);
  }, 60_000);

  afterAll(async () => {
    host?.pool.close();
    await lab.powerOff(HOST);
  });

  async function here(command: string): Promise<string> {
    const { code, stdout, stderr } = await lab.execOnHost(HOST, command);
    if (code !== 0) throw new Error(stderr || `exit ${code}`);
    return stdout.trim();
  }

  const inside = (namespace: string, script: string, ...args: (string | number)[]) =>
    `ip netns exec ${namespace} ${process.execPath} -e ${JSON.stringify(script)} ${args.join(' ')}`;
  const background = (namespace: string, script: string, ...args: string[]) =>
    here(`timeout 60 ${inside(namespace, script, ...args)} >/dev/null 2>&1 & sleep 0.5`);
  const ask = (from: string, port: number, ip = EXTERNAL) => here(inside(from, ASK, ip, port));

  async function become(wanted: NatState): Promise<void> {
    fence += 1;
    const plan = planNat(await driver.read(place, signal), wanted);
    if (plan.document) await driver.apply(place, plan.document, fence, signal);
    if (plan.flows.length > 0) await driver.endFlows(place, plan.flows, fence, signal);
    expect(planNat(await driver.read(place, signal), wanted).document).toBe('');
  }

  it('has no table at first, and says so; a router that is not there is an error', async () => {
    expect(await driver.read(place, signal)).toBeNull();
    await expect(driver.read({ ...place, namespace: 'nr-00000000' }, signal)).rejects.toMatchObject({
      code: 'router_unreadable',
    });
  });

  it('leads clients outside to the guest, who sees their own address', async () => {
    await become(state(forward(4000), forward(4001, { targetIp: '190.0.0.20' })));
    expect(await ask('out', 4000)).toBe('vm1 ::ffff:203.0.113.9');
    expect(await ask('out', 4001)).toBe('vm2 ::ffff:203.0.113.9');
  });

  it('works for a neighbour, for the guest itself and for the router', async () => {
    expect(await ask('vm2', 4000)).toBe('vm1 ::ffff:190.0.0.1');
    expect(await ask('vm1', 4000)).toBe('vm1 ::ffff:190.0.0.1');
    expect(await ask(place.namespace, 4000)).toContain('vm1');
  });

  it('repoints and removes single mappings', async () => {
    await become(state(forward(4000, { targetIp: '190.0.0.20' })));
    expect(await ask('out', 4000)).toContain('vm2');
    await expect(ask('out', 4001)).rejects.toThrow();
  });

  it('ends a flow that is under way when its mapping goes', async () => {
    await become(state(forward(4053, { protocol: 'udp', targetPort: 53 })));
    await background('vm1', SINK, 'sink');
    await background('out', PULSE);
    await here(
      'for i in $(seq 100); do [ "$(cat /run/sink 2>/dev/null)" -gt 5 ] 2>/dev/null && break; sleep 0.2; done',
    );
    expect(Number(await here('cat /run/sink'))).toBeGreaterThan(5);
    await become(state());
    const stopped = Number(await here('sleep 1; cat /run/sink'));
    expect(Number(await here('sleep 1; cat /run/sink'))).toBe(stopped);
    expect(await driver.read(place, signal)).toBeNull();
  }, 40_000);

  it('takes a thousand mappings in one transaction', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => forward(5000 + i));
    await become(state(...many));
    await become(state(...many.slice(0, 999)));
    await become(state());
  }, 20_000);

  it('refuses a reconciler that has been overtaken', async () => {
    await become(state(forward(4000)));
    await expect(driver.apply(place, 'delete table ip nubo_pat\n', fence - 1, signal)).rejects.toMatchObject({
      kind: 'fenced',
    });
    await become(state());
  });
});
