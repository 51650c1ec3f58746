/** The port translation of one router as an nftables table of our own, computed without touching anything. */
import type { Protocol } from '@nubo/contracts';

export const TABLE = 'nubo_pat';

/** One external port and where it leads. */
export interface Forward {
  protocol: Protocol;
  externalIp: string;
  externalPort: number;
  targetIp: string;
  targetPort: number;
}

/** What a router's namespace holds, or should hold; null: there is no table of ours. */
export interface NatState {
  forwards: Forward[];
  /** The networks behind the router: only traffic between them hides its sender (hairpin). */
  networks: string[];
}

export interface NatPlan {
  /** An nft document that is applied as one transaction; empty: nothing to do. */
  document: string;
  /** Keys whose established flows must end, after the map has changed. */
  flows: Forward[];
}

const keyOf = (f: Forward): string => `${f.externalIp} . ${f.protocol} . ${f.externalPort}`;
const valueOf = (f: Forward): string => `${f.targetIp} . ${f.targetPort}`;
const element = (f: Forward): string => `${keyOf(f)} : ${valueOf(f)}`;
const byKey = (a: Forward, b: Forward): number => (keyOf(a) < keyOf(b) ? -1 : 1);

const sameNetworks = (a: string[], b: string[]): boolean => [...a].sort().join() === [...b].sort().join();

/** The plan that turns `current` into `wanted`. Nothing wanted: the table goes away. */
export function planNat(current: NatState | null, wanted: NatState): NatPlan {
  if (wanted.forwards.length === 0) return removal(current);
  if (!current || !sameNetworks(current.networks, wanted.networks)) {
    return { document: wholeTable(wanted), flows: changed(current?.forwards ?? [], wanted.forwards) };
  }
  return difference(current.forwards, wanted.forwards);
}

function removal(current: NatState | null): NatPlan {
  if (!current) return { document: '', flows: [] };
  return { document: `delete table ip ${TABLE}\n`, flows: current.forwards };
}

function difference(current: Forward[], wanted: Forward[]): NatPlan {
  const have = new Map(current.map((f) => [keyOf(f), valueOf(f)]));
  const gone = changed(current, wanted);
  const added = wanted.filter((f) => have.get(keyOf(f)) !== valueOf(f)).sort(byKey);
  const lines = [
    ...(gone.length > 0 ? [`delete element ip ${TABLE} forwards { ${gone.map(keyOf).join(', ')} }`] : []),
    ...(added.length > 0 ? [`add element ip ${TABLE} forwards { ${added.map(element).join(', ')} }`] : []),
  ];
  return { document: lines.map((line) => `${line}\n`).join(''), flows: gone };
}

/** Forwards that stand and lead elsewhere now, or nowhere. */
function changed(current: Forward[], wanted: Forward[]): Forward[] {
  const want = new Map(wanted.map((f) => [keyOf(f), valueOf(f)]));
  return current.filter((f) => want.get(keyOf(f)) !== valueOf(f)).sort(byKey);
}

/**
 * The table from nothing, replacing one that stands in the same transaction. nft 1.0.6 wants the last statement of a
 * chain on a line of its own. `output` serves the router itself; `postrouting` hides only senders behind this router,
 * so that clients outside keep their address.
 */
function wholeTable({ forwards, networks }: NatState): string {
  return `add table ip ${TABLE}
delete table ip ${TABLE}
table ip ${TABLE} {
  map forwards {
    type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
    elements = { ${[...forwards].sort(byKey).map(element).join(', ')} }
  }
  set networks {
    type ipv4_addr
    flags interval
    elements = { ${[...networks].sort().join(', ')} }
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    dnat ip to ip daddr . ip protocol . th dport map @forwards
  }
  chain output {
    type nat hook output priority -100; policy accept;
    dnat ip to ip daddr . ip protocol . th dport map @forwards
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ct status dnat ip saddr @networks ip daddr @networks masquerade
  }
}
`;
}

interface NftObject {
  map?: { name: string; elem?: [{ concat: [string, string, number] }, { concat: [string, number] }][] };
  set?: { name: string; elem?: (string | { prefix: { addr: string; len: number } })[] };
}

/** The state that `nft -j list table ip nubo_pat` printed. Throws SyntaxError when it is not JSON. */
export function parseNat(json: string): NatState {
  const { nftables } = JSON.parse(json) as { nftables: NftObject[] };
  const map = nftables.find((object) => object.map?.name === 'forwards')?.map;
  const set = nftables.find((object) => object.set?.name === 'networks')?.set;
  return { forwards: (map?.elem ?? []).map(toForward), networks: (set?.elem ?? []).map(toNetwork) };
}

function toForward([key, value]: [
  { concat: [string, string, number] },
  { concat: [string, number] },
]): Forward {
  const [externalIp, protocol, externalPort] = key.concat;
  const [targetIp, targetPort] = value.concat;
  return { externalIp, protocol: protocol as Protocol, externalPort, targetIp, targetPort };
}

const toNetwork = (item: string | { prefix: { addr: string; len: number } }): string =>
  typeof item === 'string' ? `${item}/32` : `${item.prefix.addr}/${item.prefix.len}`;
