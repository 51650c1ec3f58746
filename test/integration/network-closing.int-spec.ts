// A tenant that goes while the guest of another stands on its network, on real hosts of this file's own.
import { getPort, getVpc, tenantClosing } from '@nubo/contracts';
import { grant } from '@nubo/persistence';
import { ledgerCount, openAccount, quotaDriftOf } from '@nubo/quota';
import { contextOf, eventually, someone } from '@nubo/testing';
import { compute, NetworkLab, type Guest } from './network-lab';

jest.setTimeout(60_000);

const [HOST, GATEWAY] = ['closing-a', 'closing-gw'];
const owner = someone('owner');
const stranger = someone('owner');

let world: NetworkLab;
beforeAll(async () => {
  world = await NetworkLab.start([HOST], [GATEWAY]);
});
afterAll(() => world?.stop());

const look = () =>
  world.em.query(`UPDATE work SET due_at = now(), wakes = wakes + 1 WHERE kind = 'host-network'`);
const tables = () => world.on(HOST, 'nft list tables');

/** Whether the host tells the guest, whose wire leads nowhere else, that it is there. */
async function hostAnswers(guest: Guest): Promise<boolean> {
  const { address } = world.lab.host(HOST);
  await world.inside(guest, `ip route replace ${address} dev eth0; ip neigh flush all`);
  await world.pings(guest, address);
  return (await world.inside(guest, `ip neigh show ${address}`)).includes('lladdr');
}

it('loses its networks at once, and the guest that runs on is heard by nobody, the host included', async () => {
  const vpc = await world.vpc(owner, 'lent');
  const subnet = await world.subnet(owner, { vpcId: vpc.id, name: 'lan', cidr: '190.0.0.0/24' });
  await openAccount(world.em, stranger.tenantId as string);
  await grant(world.em, subnet.id, stranger, 'use');
  const guest = await world.guest(await world.port(stranger, subnet.id, HOST), HOST);
  expect(await eventually(() => world.pings(guest, subnet.gateway))).toBe(true);

  await world.app.bus.publish(tenantClosing, { tenantId: owner.tenantId as string });
  await eventually(async () => (await ledgerCount(world.em, owner.tenantId as string)) === 0);
  for (const gone of [
    () => world.app.call(getPort, compute, { id: guest.port.id }),
    () => world.app.call(getVpc, contextOf(someone('admin')), { id: vpc.id }),
  ])
    await expect(gone()).rejects.toMatchObject({ kind: 'not_found' });
  expect(await quotaDriftOf(world.em)).toBe(0);

  await look();
  await eventually(async () => !(await world.on(HOST, 'ip -br link')).includes(guest.port.bridge));
  expect(await world.on(HOST, 'ip -br link')).toContain(guest.port.device);
  expect(await hostAnswers(guest)).toBe(false);
  await world.on(HOST, 'for family in bridge inet arp; do nft delete table $family nubo_net; done');
  expect(await hostAnswers(guest)).toBe(true);
  await look();
  await eventually(async () => (await tables()).includes('arp nubo_net'));
  expect(await hostAnswers(guest)).toBe(false);

  await world.unplug(guest);
  await look();
  await eventually(async () => !(await tables()).includes('nubo_net'));
});
