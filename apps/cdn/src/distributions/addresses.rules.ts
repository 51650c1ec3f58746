/** What is wrong with addresses that people give: told when they ask, not when instances are made. */
import ipaddr from 'ipaddr.js';

const LARGEST = 16;
const SMALLEST = 28;
const CIDR = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/;
/** Ranges of ipaddr.js that no instance lives in, and that lead from one to nothing but itself. */
const NOBODYS = ['unspecified', 'loopback', 'linkLocal', 'multicast', 'broadcast'];

/** Undefined when nothing is. */
export function subnetProblem(subnet: string): string | undefined {
  const [, address = '', prefix] = CIDR.exec(subnet) ?? [];
  if (!ipaddr.IPv4.isValidFourPartDecimal(address)) return 'must be an IPv4 network like 190.0.0.0/24';
  const bits = Number(prefix);
  if (bits < LARGEST || bits > SMALLEST) return `must have a prefix from /${LARGEST} to /${SMALLEST}`;
  const first = ipaddr.IPv4.networkAddressFromCIDR(subnet);
  if (first.toString() !== address) return `must begin with its network address: ${first}/${bits}`;
  const [top = 0] = first.octets;
  if (top === 0 || top >= 240 || NOBODYS.includes(first.range()))
    return 'cannot be used: no host may be there';
  return undefined;
}

/** As instances check it: settings.lua of the edge image. */
const TAKEN = /^https?:\/\/[a-z\d.-]+(?::\d+)?(?:\/[\w%./~-]*)?$/i;

/** Undefined when nothing is. It is passed on as it is written: what it means must be what it looks like. */
export function originProblem(origin: string): string | undefined {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (!url) return 'must be a URL like https://www.example.org';
  if (url.username || url.password) return 'must not hold a user name or a password';
  if (url.search || url.hash) return 'must end with a path: what visitors ask for is put behind it';
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const isOwn = host === 'localhost' || host.endsWith('.localhost');
  if (isOwn || (ipaddr.isValid(host) && NOBODYS.includes(ipaddr.process(host).range())))
    return 'leads to no other machine';
  if (ipaddr.IPv6.isValid(host)) return 'must have a name or an IPv4 address';
  const [meant, written] = [url.href, origin].map((text) => text.replace(/\/$/, ''));
  if (meant !== written) return `must be written as ${meant}`;
  return TAKEN.test(origin) ? undefined : 'must have only letters, digits and . _ ~ % - in its name and path';
}
