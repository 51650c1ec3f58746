/** Reads what the inventory of a host says (iproute2 6.1’s JSON). */
import type { HostActual } from './actual';
import { NAMESPACE, TAP, vniIn } from './names.rules';
import { routerFrom } from './router-inventory.rules';
import { Sections, tableStateFrom } from './sections.rules';

/** `ip -j -d link`, as far as it is looked at. */
interface Link {
  ifname: string;
  flags: string[];
  mtu: number;
  master?: string;
  linkinfo?: { info_data?: { id?: number; local?: string; port?: number } };
}

interface FdbEntry {
  mac: string;
  ifname: string;
  dst?: string;
}

const ALL_ZERO = '00:00:00:00:00:00';

const stateOf = (link: Link) => ({
  up: link.flags.includes('UP'),
  mtu: link.mtu,
  master: link.master ?? null,
});

/** The links of one kind of name, by VNI. */
function byVni<T>(
  kind: 'nb' | 'nx' | 'nv',
  links: Link[],
  map: (link: Link, vni: number) => T,
): Record<number, T> {
  const found = links.flatMap((link): [number, T][] => {
    const vni = vniIn(kind, link.ifname);
    return vni === undefined ? [] : [[vni, map(link, vni)]];
  });
  return Object.fromEntries(found);
}

/** Device → whether it speaks IPv6, from lines `…/conf/<device>/disable_ipv6:<0|1>`; a kernel without IPv6 has none. */
function ipv6From(lines: string[]): (device: string) => boolean {
  const on = new Set(lines.flatMap((line) => /\/conf\/([^/]+)\/disable_ipv6:0$/.exec(line)?.[1] ?? []));
  return (device) => on.has(device);
}

function floodFrom(entries: FdbEntry[]): (device: string) => string[] {
  const flood = entries.filter((entry) => entry.mac === ALL_ZERO && entry.dst !== undefined);
  return (device) => flood.filter((entry) => entry.ifname === device).flatMap((entry) => entry.dst ?? []);
}

/** Throws SyntaxError when a program’s JSON is none. */
export function actualFrom(output: string): HostActual {
  const sections = new Sections(output);
  const links = sections.json<Link>('links');
  const ipv6 = ipv6From(sections.lines('ipv6'));
  const flood = floodFrom(sections.json<FdbEntry>('fdb'));
  const namespaces = sections
    .names()
    .flatMap((name) => (name.startsWith('router ') ? name.slice(7) : []))
    .filter((name) => NAMESPACE.test(name));
  return {
    bridgeFiltering: sections.lines('bridge-filtering').includes('1'),
    filters: tableStateFrom(sections.lines('filters')[0]),
    bridges: byVni('nb', links, (link) => ({ ...stateOf(link), ipv6: ipv6(link.ifname) })),
    vxlans: byVni('nx', links, (link) => ({
      ...stateOf(link),
      ipv6: ipv6(link.ifname),
      id: link.linkinfo?.info_data?.id ?? 0,
      local: link.linkinfo?.info_data?.local ?? null,
      port: link.linkinfo?.info_data?.port ?? 0,
      flood: flood(link.ifname),
    })),
    veths: byVni('nv', links, stateOf),
    taps: Object.fromEntries(
      links.filter((link) => TAP.test(link.ifname)).map((link) => [link.ifname, link.master ?? null]),
    ),
    routers: Object.fromEntries(namespaces.map((name) => [name, routerFrom(sections, name)])),
  };
}
