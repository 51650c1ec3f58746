/** Where images may come from. The socket is checked as well (download.driver): names and redirects lead anywhere. */
import ipaddr from 'ipaddr.js';

/** Why a URL is refused before anything is sent, or undefined. `allowed`: CIDRs that are open although not public. */
export function urlRefusal(text: string, allowed: readonly string[]): string | undefined {
  const url = parsed(text);
  if (!url) return 'is not a URL';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://';
  if (url.username || url.password) return 'must not hold a user name or a password';
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isLocalName(host)) return addressRefusal('127.0.0.1', allowed);
  return ipaddr.isValid(host) ? addressRefusal(host, allowed) : undefined;
}

/** RFC 4291, 2.5.5.1: an IPv4 address in IPv6, which ipaddr.js takes for a public one. */
const V4_COMPATIBLE = '::/96';

/** Why no connection is made to an IP address, or undefined: only public ones (ipaddr.js: `unicast`) and allowed ones. */
function addressRefusal(address: string, allowed: readonly string[]): string | undefined {
  const ip = ipaddr.parse(address);
  if ((ip.range() === 'unicast' && !holds(V4_COMPATIBLE, ip)) || allowed.some((cidr) => holds(cidr, ip)))
    return undefined;
  return 'leads to a loopback, link-local, private or reserved address, which the operator has not allowed';
}

function holds(cidr: string, ip: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  const [network, prefix] = ipaddr.parseCIDR(cidr);
  if (network instanceof ipaddr.IPv4) return ip instanceof ipaddr.IPv4 && ip.match(network, prefix);
  return ip instanceof ipaddr.IPv6 && ip.match(network, prefix);
}

/** RFC 6761: these names are this machine, whatever DNS says. */
const isLocalName = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost');

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
