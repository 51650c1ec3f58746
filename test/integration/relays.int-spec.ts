// The way of the CDN to its instances on a real host: SSH, and a command in the namespace of a router.
import type { HostsAccess } from '@nubo/fleet';
import { eventually } from '@nubo/testing';
import { HttpInstanceControl } from '../../apps/cdn/src/delivery/http-instance-control.driver';
import { Lab } from '../../lab';
import { enrolledHost, type EnrolledHost } from './enrolled';

jest.setTimeout(60_000);

const HOST = 'relay-a';
/** A relay that nobody uses ends by itself after that. */
const IDLE_MS = 20_000;
const NAMESPACE = 'nr-relays';
/** An instance that keeps connections for as long as it can. */
const INSTANCE = `require("http").createServer((_, response) => response.end("{}")).listen(8081).keepAliveTimeout = 0`;
const IN_ROUTER = `ip netns pids ${NAMESPACE} | xargs -r -n1 sh -c 'cat /proc/$0/comm'`;

let lab: Lab;
let machine: EnrolledHost;
let control: HttpInstanceControl;

const shell = async (line: string): Promise<string> => (await lab.execOnHost(HOST, line)).stdout;
const processes = async (name: string): Promise<number> =>
  (await shell(IN_ROUTER)).split('\n').filter((line) => line === name).length;
const ask = (n: number) => {
  const place = { hostId: HOST, namespace: NAMESPACE, address: `127.0.0.${n}`, token: 't' };
  return control.status(place, AbortSignal.timeout(10_000));
};

beforeAll(async () => {
  lab = await Lab.attach();
  machine = await enrolledHost(lab, HOST);
  await shell(`ip netns add ${NAMESPACE} && ip netns exec ${NAMESPACE} ip link set lo up`);
  await shell(`ip netns exec ${NAMESPACE} ${process.execPath} -e '${INSTANCE}' >/dev/null 2>&1 &`);
  await eventually(async () => (await shell(`ip netns exec ${NAMESPACE} ss -Hltn`)).includes(':8081'));
});
beforeEach(() => {
  control = new HttpInstanceControl({
    reach: async () => machine.pool.host(machine.target),
  } as unknown as HostsAccess);
});
afterAll(async () => {
  machine?.pool.close();
  await lab?.powerOff(HOST);
});

describe('a relay', () => {
  it('leaves nothing on the host when it is let go', async () => {
    for (let n = 1; n <= 3; n += 1) await ask(n);
    expect(await processes('cat')).toBe(6);
    control.onApplicationShutdown();
    await eventually(async () => (await processes('cat')) + (await processes('bash')) === 0);
  });

  it('nor when the connection to the host breaks', async () => {
    await ask(1);
    machine.pool.drop(machine.target.id);
    await eventually(async () => (await processes('cat')) + (await processes('bash')) === 0);
  });

  it('nor when the instance ends', async () => {
    await ask(1);
    await shell(`ip netns pids ${NAMESPACE} | xargs -r -n1 sh -c 'grep -q node /proc/$0/comm && kill $0'`);
    await eventually(async () => (await shell(IN_ROUTER)) === '', { withinMs: IDLE_MS / 2 });
  });
});
