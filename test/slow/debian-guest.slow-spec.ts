import type { Server } from 'node:http';
import type { MappingView, VmView } from '@nubo/contracts';
import { until } from '../../demo/wait';
import type { World } from '../../demo/world';
import { furnishedWorld } from '../e2e/surroundings';
import { addDebian, bootDebian, configuration, DNS, inside, network, serveDebian, settled } from './debian';
import type { DebianGuest } from './debian';
import { hostFaults } from './hosts';
import { Rows } from './rows';

/** Emulated and alone on a machine Debian answers SSH after 60 s; another 30 s later cloud-init is done. */
const BOOT_SECONDS = 600;
const LIMIT_MS = 1_500_000;
const STOP_SECONDS = 60;

const NETWORKS = {
  DHCP: [{ cidr: '190.0.0.0/24', dhcp: true }],
  'its seed': [
    { cidr: '10.20.0.0/20', dhcp: false },
    { cidr: '10.30.0.0/24', dhcp: true },
  ],
};
type Source = keyof typeof NETWORKS;
const SOURCES = Object.keys(NETWORKS) as Source[];

describe('a Debian with cloud-init', () => {
  let world: World;
  let rows: Rows;
  let server: Server;
  const guests = {} as Record<Source, DebianGuest>;
  const bootIds = {} as Record<Source, string>;

  beforeAll(async () => {
    world = await furnishedWorld('deb');
    rows = new Rows(world.platform.databaseUrl);
    server = await serveDebian();
    const image = await addDebian(world);
    await Promise.all(
      SOURCES.map(async (source, i) => {
        guests[source] = await bootDebian(world, world.tenants[i], image, NETWORKS[source]);
      }),
    );
  }, LIMIT_MS);

  afterAll(async () => {
    server?.close();
    await rows?.close();
    await world?.saveLogs('slow-debian');
    await world?.close();
  }, LIMIT_MS);

  const vmOf = ({ tenant, vm }: DebianGuest): Promise<VmView> =>
    tenant.rest.get<VmView>(`/iaas/vms/${vm.id}`);

  const turn = ({ tenant, vm }: DebianGuest, state: VmView['state']): Promise<VmView> =>
    tenant.rest.put<VmView>(`/iaas/vms/${vm.id}`, { state });

  async function expectConfigured(guest: DebianGuest): Promise<string> {
    const { company } = guest.tenant;
    const { rootBytes, bootId, ...rest } = await configuration(world, guest);
    expect(rest).toEqual({
      hostname: `${company}-db`,
      key: world.sshKey.publicKey,
      motd: `Property of ${company}: grüß dich`,
      configured: `configured ${company}-db`,
    });
    expect(Number(rootBytes)).toBeGreaterThan(1.5 * 1024 ** 3);
    return bootId;
  }

  async function expectNetwork(guest: DebianGuest): Promise<void> {
    const { vm, subnets } = guest;
    const nics = subnets.map(({ cidr }, i) => ({
      ifname: `eth${i}`,
      mtu: 1450,
      addresses: [`${vm.nics[i].ip}/${cidr.split('/')[1]}`],
    }));
    const routes = subnets.map(({ gateway, dhcp }, i) => ({
      dev: `eth${i}`,
      gateway,
      protocol: dhcp ? 'dhcp' : 'static',
    }));
    expect(await network(world, guest)).toEqual({ nics, routes, servers: [`nameserver ${DNS}`] });
  }

  it(
    'lets its owner in and settles, wherever its address comes from',
    async () => {
      for (const guest of SOURCES.map((source) => guests[source]))
        expect(await settled(world, guest, BOOT_SECONDS)).toBe('status: done');
    },
    LIMIT_MS,
  );

  it.each(SOURCES)(
    'has its name, its key, its user-data and all of its disk, with %s',
    async (source) => {
      await expectConfigured(guests[source]);
    },
    LIMIT_MS,
  );

  it.each(SOURCES)(
    'has the addresses, gateways, MTU and name server that were planned, from %s',
    (source) => expectNetwork(guests[source]),
    LIMIT_MS,
  );

  it.each(SOURCES)(
    'finds nothing to complain about in what it was told, with %s',
    async (source) => {
      const complaints = 'grep -hE "WARNING|ERROR|Traceback" /var/log/cloud-init.log || true';
      expect(await inside(world, guests[source], complaints)).toBe('');
    },
    LIMIT_MS,
  );

  it.each(SOURCES)(
    'shuts down when asked, with %s',
    async (source) => {
      const guest = guests[source];
      bootIds[source] = await expectConfigured(guest);
      await turn(guest, 'stopped');
      const isStopped = async (): Promise<boolean> => (await vmOf(guest)).state === 'stopped';
      await until('the guest to be off', STOP_SECONDS, isStopped);
      expect(await serialConsole(guest)).toContain('reboot: Power down');
    },
    LIMIT_MS,
  );

  it(
    'comes back as the one it was',
    async () => {
      await Promise.all(Object.values(guests).map((guest) => turn(guest, 'running')));
      for (const source of SOURCES) {
        await settled(world, guests[source], BOOT_SECONDS);
        expect(await expectConfigured(guests[source])).not.toBe(bootIds[source]);
        await expectNetwork(guests[source]);
      }
    },
    LIMIT_MS,
  );

  it(
    'leaves nothing when it is deleted',
    async () => {
      for (const { tenant, vm } of Object.values(guests)) {
        await tenant.rest.delete(`/iaas/vms/${vm.id}?wait=60s`);
        expect(await tenant.rest.get<VmView[]>('/iaas/vms')).toEqual([]);
        await until('its mapping to go', 30, async () => {
          const left = await tenant.rest.get<MappingView[]>('/pat/mappings');
          return left.length === 0;
        });
      }
      const faults = async (): Promise<string[]> => [
        ...(await rows.faults()),
        ...(await hostFaults(world, rows)),
      ];
      await until('clean hosts', 60, async () => (await faults()).length === 0).catch(() => undefined);
      expect(await faults()).toEqual([]);
    },
    LIMIT_MS,
  );

  /** What the guest wrote to its serial console, from the host that it is on. */
  async function serialConsole({ vm }: DebianGuest): Promise<string> {
    const looks = world.hostNames.map((name) =>
      world.lab.execOnHost(name, `cat /var/lib/nubo/vms/${vm.id}/console.log 2>/dev/null || true`),
    );
    return (await Promise.all(looks)).map(({ stdout }) => stdout).join('');
  }
});
