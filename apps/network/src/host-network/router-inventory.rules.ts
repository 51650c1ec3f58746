import type { DhcpState, InsideState, RouterState } from './actual';
import { UPLINK, vniIn } from './names.rules';
import { tableStateFrom, type Sections } from './sections.rules';

/** `ip -j addr`, as far as it is looked at. */
interface Device {
  ifname: string;
  flags: string[];
  mtu: number;
  address: string;
  addr_info: { family: string; local: string; prefixlen: number }[];
}

interface Route {
  gateway?: string;
  dev: string;
}

/** ip_forward and disable_ipv6; the latter is empty where the kernel has no IPv6. */
const RIGHT_SETTINGS = new Set(['1,1', '1,']);

const insideOf = (device: Device): InsideState => ({
  up: device.flags.includes('UP'),
  mtu: device.mtu,
  mac: device.address,
  addresses: device.addr_info
    .filter(({ family }) => family === 'inet')
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`),
});

/** Lines `hosts/<file>:<line>`. */
function dhcpFrom(sections: Sections, namespace: string): DhcpState {
  const hosts = sections.lines(`hosts ${namespace}`).flatMap((line): [string, string][] => {
    const [, file, text] = /^hosts\/([^/:]+):(.*)$/.exec(line) ?? [];
    return file && text ? [[file, text]] : [];
  });
  return {
    running: sections.lines(`dhcp ${namespace}`).includes('running'),
    config: sections.get(`config ${namespace}`),
    hosts: Object.fromEntries(hosts),
  };
}

/** The state of one router from the inventory’s sections about its namespace. */
export function routerFrom(sections: Sections, namespace: string): RouterState {
  const devices = sections.json<Device>(`devices ${namespace}`);
  const uplink = devices.find((device) => device.ifname === UPLINK);
  const route = sections.json<Route>(`route ${namespace}`).find(({ dev }) => dev === UPLINK);
  const legs = devices.flatMap((device): [number, InsideState][] => {
    const vni = vniIn('in', device.ifname);
    return vni === undefined ? [] : [[vni, insideOf(device)]];
  });
  return {
    usable: sections.has(`settings ${namespace}`),
    settings: RIGHT_SETTINGS.has(sections.lines(`settings ${namespace}`)[0] ?? ''),
    uplink: uplink ? { ...insideOf(uplink), gateway: route?.gateway ?? null } : null,
    legs: Object.fromEntries(legs),
    rules: tableStateFrom(sections.lines(`rules ${namespace}`)[0]),
    dhcp: dhcpFrom(sections, namespace),
  };
}
