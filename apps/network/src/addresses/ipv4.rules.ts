/** IPv4 as numbers: 32 bits, unsigned. */

export interface Cidr {
  /** The first address. */
  network: number;
  prefix: number;
  /** The last address. */
  broadcast: number;
}

const OCTETS = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** The number of an address in dotted form, or undefined for anything else (also with leading zeros). */
export function toNumber(text: string): number | undefined {
  const octets = OCTETS.exec(text)?.slice(1);
  if (!octets?.every((octet) => Number(octet) <= 255 && String(Number(octet)) === octet)) return undefined;
  return octets.reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

export function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

const maskOf = (prefix: number): number => (prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0);

/** The block of `prefix` bits that `address` lies in. */
export function blockOf(address: number, prefix: number): Cidr {
  const mask = maskOf(prefix);
  return { network: (address & mask) >>> 0, prefix, broadcast: (address | ~mask) >>> 0 };
}

/** `text` as address and prefix, whether or not the address is the block's first; undefined for anything else. */
export function parseCidr(text: string): { address: number; prefix: number } | undefined {
  const [, host = '', bits = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const address = toNumber(host);
  if (address === undefined || Number(bits) > 32 || String(Number(bits)) !== bits) return undefined;
  return { address, prefix: Number(bits) };
}

export const cidrText = ({ network, prefix }: Cidr): string => `${toText(network)}/${prefix}`;

export const overlaps = (a: Cidr, b: Cidr): boolean => a.network <= b.broadcast && b.network <= a.broadcast;

/** True when an instance or a gateway may have the address: inside, neither the first nor the last. */
export const isHostAddress = ({ network, broadcast }: Cidr, address: number): boolean =>
  address > network && address < broadcast;

/** A block that is known to be right, e.g. from the database. */
export function cidrOf(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed) throw new TypeError(`${text} is no IPv4 network`);
  return blockOf(parsed.address, parsed.prefix);
}
