/** Debian guests, made and looked at as their owners do it. */
import { createReadStream, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { ImageView, MappingView, SubnetView, VmView, VpcView } from '@nubo/contracts';
import { ssh } from '../../demo/outside';
import { until } from '../../demo/wait';
import type { TenantOfTheStory, World } from '../../demo/world';
import { debianImage } from '../../lab';

const PORT = 9001;
/** The user that Debian's cloud-init gives the keys to. */
const USER = 'debian';
export const DNS = '192.0.2.53';

export interface DebianGuest {
  tenant: TenantOfTheStory;
  /** As its NICs. */
  subnets: SubnetView[];
  vm: VmView;
  door: MappingView;
}

/** A web server on the Internet that has Debian's image, and nothing else. */
export async function serveDebian(): Promise<Server> {
  const file = await debianImage();
  const server = createServer((_, response) => {
    response.setHeader('content-length', statSync(file).size);
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((listening) => server.listen(PORT, '0.0.0.0', listening));
  return server;
}

/** The administrator adds the image from its URL and shares it with every tenant. */
export async function addDebian({ admin, lab, tenants }: World): Promise<ImageView> {
  const url = `http://${lab.external.gateway}:${PORT}/debian12.qcow2`;
  const image = await admin.post<ImageView>('/iaas/images?wait=120s', { url, name: 'debian12' });
  if (image.state !== 'ready') throw new Error(`the image is ${image.state}: ${image.stateReason}`);
  for (const { email } of tenants) await admin.post(`/iaas/images/${image.id}/shares`, { user: email });
  return image;
}

/** A running VM with a NIC in each of the subnets, and a way from outside to its SSH. */
export async function bootDebian(
  world: World,
  tenant: TenantOfTheStory,
  image: ImageView,
  plans: { cidr: string; dhcp: boolean }[],
): Promise<DebianGuest> {
  const { rest } = tenant;
  const vpc = await rest.post<VpcView>('/iaas/vpcs?wait=30s', { name: 'main', region: 'loc1' });
  const subnets = await Promise.all(
    plans.map((plan, i) => {
      const body = { vpcId: vpc.id, name: `subnet-${i}`, dns: [DNS], ...plan };
      return rest.post<SubnetView>('/iaas/subnets?wait=30s', body);
    }),
  );
  const vm = await rest.post<VmView>('/iaas/vms?wait=120s', vmBody(world, tenant, image, subnets));
  if (vm.state !== 'running') throw new Error(`VM ${vm.name} is ${vm.state}: ${vm.stateReason}`);
  const wanted = { portId: vm.nics[0].portId, targetPort: 22 };
  return { tenant, subnets, vm, door: await rest.post<MappingView>('/pat/mappings?wait=30s', wanted) };
}

const vmBody = (
  { sshKey }: World,
  { company }: TenantOfTheStory,
  { id: imageId }: ImageView,
  subnets: SubnetView[],
): object => ({
  name: `${company}-db`,
  imageId,
  memory: 768,
  disk: 2,
  nics: subnets.map(({ id: subnetId }) => ({ subnetId })),
  sshKeys: [sshKey.publicKey],
  userData: userData(company),
});

const userData = (company: string): string => `#cloud-config
write_files:
  - path: /etc/motd
    content: "Property of ${company}: grüß dich"
runcmd:
  - echo "configured $(hostname)" >>/var/log/configured
`;

/** Runs a command in the guest; for `seconds` nobody need answer there. Throws what ssh said last. */
export const inside = (
  world: World,
  { vm, door }: DebianGuest,
  command: string,
  seconds = 60,
): Promise<string> => until(`${vm.name} over SSH`, seconds, () => ssh(world, door, command, USER));

/** Waits until cloud-init has nothing more to do; answers how it ended. */
export function settled(world: World, guest: DebianGuest, seconds: number): Promise<string> {
  return until(`cloud-init of ${guest.vm.name}`, seconds, async () => {
    const said = await inside(world, guest, 'cloud-init status || true', seconds);
    return !/running|not run/.test(said) && said;
  });
}

const LOOK = `hostname
cat ~/.ssh/authorized_keys
cat /etc/motd; echo
cat /var/log/configured
findmnt -bno SIZE /
cat /proc/sys/kernel/random/boot_id`;

interface Link {
  ifname: string;
  mtu: number;
  addr_info: { local: string; prefixlen: number }[];
}
interface Route {
  gateway: string;
  dev: string;
  protocol: string;
  metric?: number;
}

/** What the guest made of its seed. */
export async function configuration(world: World, guest: DebianGuest): Promise<Record<string, string>> {
  const [hostname, key, motd, configured, rootBytes, bootId] = (await inside(world, guest, LOOK)).split('\n');
  return { hostname, key, motd, configured, rootBytes, bootId };
}

const LOOK_AT_NETWORK = `ip -j -4 address show scope global
ip -j route show default
grep ^nameserver /run/systemd/resolve/resolv.conf | sort -u`;

/** What the guest's network cards are set to; the default route that it uses comes first. */
export async function network(world: World, guest: DebianGuest): Promise<object> {
  const [links, defaults, ...servers] = (await inside(world, guest, LOOK_AT_NETWORK)).split('\n');
  const nics = (JSON.parse(links) as Link[]).map(({ ifname, mtu, addr_info }) => ({
    ifname,
    mtu,
    addresses: addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
  }));
  const routes = (JSON.parse(defaults) as Route[])
    .sort((a, b) => (a.metric ?? 0) - (b.metric ?? 0))
    .map(({ dev, gateway, protocol }) => ({ dev, gateway, protocol }));
  return { nics, routes, servers };
}
