import type { Host } from './host.entity';

type Known = Pick<Host, 'name' | 'address' | 'port'>;

/** A failure as a customer may read it: hosts by their names, not by their addresses. */
export function publicReason(reason: string, hosts: Known[]): string {
  // The longer first: 10.0.0.1 also begins 10.0.0.11.
  const longestFirst = [...hosts].sort((a, b) => b.address.length - a.address.length);
  return longestFirst.reduce(named, reason);
}

const named = (text: string, { name, address, port }: Known): string =>
  text.replaceAll(`${address}:${port}`, name).replaceAll(address, name);
