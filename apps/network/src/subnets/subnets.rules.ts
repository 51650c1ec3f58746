import { invalidFields, type CreateSubnet, type FieldError } from '@nubo/contracts';
import {
  blockOf,
  cidrText,
  isHostAddress,
  overlaps,
  parseCidr,
  toNumber,
  toText,
  type Cidr,
} from '../addresses/ipv4.rules';

/** A subnet's addresses, checked. */
export interface SubnetShape {
  cidr: string;
  block: Cidr;
  gateway: string;
  dns: string[];
}

const LARGEST = 16;
const SMALLEST = 29;

/** Networks that no guest can live in: https://www.iana.org/assignments/iana-ipv4-special-registry */
const FORBIDDEN: [Cidr, string][] = [
  [blockOf(0, 8), 'is “this network” (0.0.0.0/8)'],
  [blockOf(0x7f000000, 8), 'is loopback (127.0.0.0/8)'],
  [blockOf(0xa9fe0000, 16), 'is link-local (169.254.0.0/16)'],
  [blockOf(0xe0000000, 4), 'is multicast (224.0.0.0/4)'],
  [blockOf(0xf0000000, 4), 'is reserved (240.0.0.0/4)'],
];

/** What is wrong with a CIDR as a subnet’s, in the words of the field’s error; undefined when nothing is. */
export function cidrProblem(text: string): string | undefined {
  const parsed = parseCidr(text);
  if (!parsed) return 'must be an IPv4 network like 190.0.0.0/24';
  const block = blockOf(parsed.address, parsed.prefix);
  if (parsed.prefix < LARGEST || parsed.prefix > SMALLEST)
    return `must have a prefix from /${LARGEST} to /${SMALLEST}`;
  if (parsed.address !== block.network) return `must begin with its network address: ${cidrText(block)}`;
  const forbidden = FORBIDDEN.find(([other]) => overlaps(other, block));
  return forbidden && `cannot be used: it ${forbidden[1]}`;
}

/** The shape of a subnet from its input. Throws `invalid` that names every field that is wrong. */
export function subnetShape({ cidr, gateway, dns = [] }: CreateSubnet): SubnetShape {
  const problem = cidrProblem(cidr);
  const block = problem ? undefined : blockOf(...addressAndPrefix(cidr));
  const wanted = gateway ?? (block && toText(block.network + 1)) ?? '';
  const errors: FieldError[] = [
    ...(problem ? [{ field: 'cidr', message: problem }] : []),
    ...(block && !isHostAddress(block, toNumber(wanted) ?? -1)
      ? [
          {
            field: 'gateway',
            message: `must be an address from ${toText(block.network + 1)} to ${toText(block.broadcast - 1)}`,
          },
        ]
      : []),
    ...dns
      .map((server, i) => ({ field: `dns.${i}`, message: 'must be an IPv4 address', server }))
      .filter(({ server }) => toNumber(server) === undefined)
      .map(({ field, message }) => ({ field, message })),
  ];
  if (errors.length > 0 || !block) throw invalidFields(errors);
  return { cidr, block, gateway: wanted, dns };
}

function addressAndPrefix(cidr: string): [number, number] {
  const parsed = parseCidr(cidr);
  return [parsed?.address ?? 0, parsed?.prefix ?? 0];
}

export interface InUse {
  ports: number;
  /** Instances that the caller may see; a few of them. */
  named: { id: string; name: string }[];
  others: number;
}

/** Why a subnet stays: `2 ports are on lan: web (…) and 1 more. Delete the instances first.` */
export function inUseMessage(subnet: string, { ports, named, others }: InUse): string {
  const list = named.map(({ id, name }) => `${name} (${id})`).join(', ');
  const more = named.length > 0 && others > 0 ? ` and ${others} more` : '';
  const which = named.length > 0 ? `: ${list}${more}` : ', of instances that you may not see';
  const are = ports === 1 ? '1 port is' : `${ports} ports are`;
  return `${are} on subnet ${subnet}${which}. Delete the instances on it first.`;
}
