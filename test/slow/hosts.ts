/** What is really on the hosts, compared with what the tables say. */
import type { World } from '../../demo/world';
import type { Rows } from './rows';

/** After it `podman` means the one of the platform. */
export const PODMAN =
  'export CONTAINERS_CONF=/var/lib/nubo/podman/containers.conf CONTAINERS_STORAGE_CONF=/var/lib/nubo/podman/storage.conf';

/** Prints `<what> <which>` for everything of the platform on a compute host. */
const ON_COMPUTE = `
virsh -q list --all | while read -r _ name state; do echo "domain $name $state"; done
[ ! -e /var/lib/nubo/podman ] || (${PODMAN}; for c in $(podman ps -aq); do podman container inspect --format 'container {{.Name}} {{.State.Status}}' "$c"; done)
ls /run/netns | grep '^nc-' | sed 's/^/wire /'
ls /var/lib/nubo/vms | sed 's/^/files /'
ls /var/lib/nubo/fence | sed 's/^/fence /'
ls /sys/class/net | grep '^np' | sed 's/^/tap /'
nft list table bridge nubo_net 2>/dev/null | grep -o 'np[0-9a-f]\\{8\\}' | sort -u | sed 's/^/filter /'`;
const ON_BOTH = `
ls /sys/class/net | grep '^nb' | sed 's/^/bridge /'
for x in $(ls /sys/class/net | grep '^nx'); do
  echo "flood $x $(bridge fdb show dev $x | sed -n 's/^00:00:00:00:00:00 dst \\([0-9.]*\\).*/\\1/p' | sort | tr '\\n' ' ')" | sed 's/ $//'
done`;
const ON_NETWORK = `
ls /var/lib/nubo/fence | sed 's/^/fence /'
ls /run/netns | grep '^nr-' | sed 's/^/router /'
ls /run/nubo | grep '^nr-' | sed 's/^/folder /'
for p in $(pidof dnsmasq); do echo "dnsmasq $(tr '\\0' ' ' </proc/$p/cmdline | grep -o 'nr-[0-9a-f]*' | head -n 1)"; done
for h in /run/nubo/nr-*/hosts/*; do [ ! -e "$h" ] || echo "dhcp $(cut -d, -f1,2 $h)"; done
for n in $(ls /run/netns | grep '^nr-'); do
  ip netns exec $n nft list table inet nubo_net >/dev/null 2>&1 && echo "rules $n"
  ip netns exec $n nft -j list table ip nubo_pat 2>/dev/null | grep -o '"concat": \\[[^]]*\\]' | grep -o '40[0-9][0-9]' | sed "s/^/map $n /"
done`;

const WANTED_ON_COMPUTE = `
WITH host AS (SELECT id FROM fleet.hosts WHERE name = $1), vm AS (SELECT * FROM compute.vms WHERE host_id IN (SELECT id FROM host)),
  container AS (SELECT * FROM compute.containers WHERE host_id IN (SELECT id FROM host)),
  port AS (SELECT * FROM network.ports WHERE host_id IN (SELECT id FROM host)),
  wire AS (SELECT port.id, port.device, container.state FROM port JOIN container ON container.id = port.instance_id)
SELECT 'domain nubo-' || id || CASE state WHEN 'running' THEN ' running' ELSE ' shut off' END AS line FROM vm
UNION SELECT 'files ' || id FROM vm UNION SELECT 'fence vm-' || id FROM vm
UNION SELECT 'tap ' || port.device FROM port JOIN vm ON vm.id = port.instance_id WHERE vm.state = 'running'
UNION SELECT 'tap ' || device FROM wire WHERE state = 'running'
UNION SELECT 'wire nc-' || left(id::text, 8) FROM wire WHERE state = 'running'
UNION SELECT 'container nubo-' || id || ' running' FROM container WHERE state = 'running'
UNION SELECT 'fence container-' || id FROM container WHERE state = 'running'
UNION SELECT 'filter ' || device FROM port`;
/** What a container that is stopped may have: it keeps what it had until its host is off, and may never have had it. */
const MAY_BE_ON_COMPUTE = `
WITH stopped AS (SELECT c.id, p.device, p.id AS port_id FROM compute.containers c JOIN fleet.hosts h ON h.id = c.host_id
    LEFT JOIN network.ports p ON p.instance_id = c.id WHERE h.name = $1 AND c.state = 'stopped')
SELECT 'tap ' || device AS line FROM stopped UNION SELECT 'wire nc-' || left(port_id::text, 8) FROM stopped
UNION SELECT 'container nubo-' || id || ' ' || was FROM stopped, unnest(ARRAY['created', 'exited']) AS was
UNION SELECT 'fence container-' || id FROM stopped`;
const WANTED_ON_BOTH = `
WITH here AS (SELECT DISTINCT s.id, s.vni FROM network.subnets s JOIN network.vpcs v ON v.id = s.vpc_id
    LEFT JOIN network.ports p ON p.subnet_id = s.id JOIN fleet.hosts h ON h.id IN (v.host_id, p.host_id) WHERE h.name = $1),
  peer AS (SELECT DISTINCT here.vni, h.address FROM here JOIN network.subnets s USING (id) JOIN network.vpcs v ON v.id = s.vpc_id
    LEFT JOIN network.ports p ON p.subnet_id = s.id JOIN fleet.hosts h ON h.id IN (v.host_id, p.host_id) WHERE h.name <> $1)
SELECT 'bridge nb' || vni AS line FROM here
UNION SELECT trim('flood nx' || vni || ' ' || coalesce((SELECT string_agg(address, ' ' ORDER BY address) FROM peer WHERE peer.vni = here.vni), '')) FROM here`;
const WANTED_ON_NETWORK = `
WITH vpc AS (SELECT * FROM network.vpcs WHERE host_id IN (SELECT id FROM fleet.hosts WHERE name = $1)),
  served AS (SELECT DISTINCT vpc.* FROM vpc JOIN network.subnets s ON s.vpc_id = vpc.id AND s.dhcp)
SELECT 'router ' || namespace AS line FROM vpc UNION SELECT 'rules ' || namespace FROM vpc
UNION SELECT 'folder ' || namespace FROM served UNION SELECT 'dnsmasq ' || namespace FROM served
UNION SELECT 'dhcp ' || p.mac || ',' || host(p.ip) FROM network.ports p JOIN vpc ON vpc.id = p.vpc_id
UNION SELECT 'map ' || namespace || ' ' || external_port FROM pat.mappings m JOIN vpc ON vpc.id = m.router_id`;

/** Fences that a host always has: of the host itself, its networks, its images. */
const ALWAYS = /^fence (host-|host-network|image-|copy-)/;
/** A router's fence appears with its first mapping and goes with the router. */
const PAT_FENCE = /^fence pat-/;

/** What is on a host and should not be, or should be and is not. */
export async function hostFaults(world: World, rows: Rows): Promise<string[]> {
  const found = await Promise.all(world.wantedHosts.map(({ name, roles = [] }) => one(name, roles)));
  return found.flat();

  async function one(name: string, roles: readonly string[]): Promise<string[]> {
    const compute = roles.includes('compute');
    const script = ON_BOTH + (compute ? ON_COMPUTE : ON_NETWORK);
    const { stdout } = await world.lab.execOnHost(name, script, { timeoutMs: 30_000 });
    const there = stdout.split('\n').filter((line) => line !== '' && !ALWAYS.test(line));
    const wanted = await wantedOn(name, compute);
    const routers = wanted.map((line) => line.replace(/^router /, 'fence pat-'));
    const stopped = compute ? await linesOf(MAY_BE_ON_COMPUTE, name) : [];
    const strange = there.filter(
      (line) => ![...wanted, ...stopped].includes(line) && !(PAT_FENCE.test(line) && routers.includes(line)),
    );
    return [
      ...strange.map((line) => `${name} has ${line}`),
      ...wanted.filter((line) => !there.includes(line)).map((line) => `${name} lacks ${line}`),
      ...there.filter((line, i) => there.indexOf(line) < i).map((line) => `${name} has twice ${line}`),
    ];
  }

  async function wantedOn(name: string, compute: boolean): Promise<string[]> {
    const both = await linesOf(WANTED_ON_BOTH, name);
    return [...both, ...(await linesOf(compute ? WANTED_ON_COMPUTE : WANTED_ON_NETWORK, name))];
  }

  async function linesOf(sql: string, name: string): Promise<string[]> {
    return (await rows.ask(sql, [name])).flatMap(({ line }) => line ?? []);
  }
}
