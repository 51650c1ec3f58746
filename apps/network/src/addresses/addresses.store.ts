/** Who has which address: the database decides. Callers hold the lock on the subnet’s row. */
import { conflict, exhausted, unprocessable } from '@nubo/contracts';
import type { EntityManager } from 'typeorm';
import { Address, type Subnet } from '../../../../libs/entities/src/network';
import { noExternalAddress, type Candidate } from '../vpcs/vpcs.rules';
import { cidrOf, isHostAddress, toNumber, toText } from './ipv4.rules';
import type { SubnetShape } from '../subnets/subnets.rules';

/** Long enough for ARP, connection tracking and DHCP to forget whose an address was. */
export const REST_SECONDS = 60;

/** The lowest free external address of the first candidate that has one. Throws `exhausted` when none has. */
export async function takeExternalAddress(
  em: EntityManager,
  candidates: Candidate[],
): Promise<{ host: Candidate; ip: string }> {
  await em.query(`SELECT pg_advisory_xact_lock(hashtext('nubo-external-addresses'))`);
  for (const host of candidates) {
    const ip = await lowestExternal(em, host);
    if (ip) return { host, ip };
  }
  throw noExternalAddress(candidates);
}

async function lowestExternal(em: EntityManager, { range }: Candidate): Promise<string | undefined> {
  const rows: { ip: string }[] = await em.query(
    `SELECT host(c.ip) AS ip FROM (SELECT $1::inet AS ip UNION SELECT external_ip + 1 FROM vpcs WHERE external_ip >= $1::inet AND external_ip < $2::inet) c
     WHERE NOT EXISTS (SELECT 1 FROM vpcs v WHERE v.external_ip = c.ip) ORDER BY c.ip LIMIT 1`,
    [toText(range.first), toText(range.last)],
  );
  return rows[0]?.ip;
}

/** The addresses that no instance gets. */
export async function keepSystemAddresses(
  em: EntityManager,
  subnetId: string,
  { block, gateway }: SubnetShape,
): Promise<void> {
  await em.insert(Address, [
    { subnetId, ip: toText(block.network), use: 'network' },
    { subnetId, ip: gateway, use: 'gateway' },
    { subnetId, ip: toText(block.broadcast), use: 'broadcast' },
  ]);
}

/**
 * `wanted`, or the lowest free address of the subnet; not yet taken. Throws `unprocessable` for an address outside,
 * `conflict` for one that is taken or rests, `exhausted` when none is free.
 */
export async function freeAddress(em: EntityManager, subnet: Subnet, wanted?: string): Promise<string> {
  await em.query('DELETE FROM addresses WHERE subnet_id = $1 AND free_at < now()', [subnet.id]);
  if (wanted === undefined) return lowestFree(em, subnet);
  assertInside(subnet, wanted);
  const holder = await em.findOneBy(Address, { subnetId: subnet.id, ip: wanted });
  if (holder) throw addressTaken(wanted, holder);
  return wanted;
}

/** Takes an address of {@link freeAddress} for a port. */
export async function takeAddress(em: EntityManager, subnet: Subnet, wanted?: string): Promise<string> {
  const ip = await freeAddress(em, subnet, wanted);
  await em.insert(Address, { subnetId: subnet.id, ip, use: 'port' });
  return ip;
}

/** The port is gone; its address is given again after a rest. */
export async function restAddress(em: EntityManager, subnetId: string, ip: string): Promise<void> {
  await em.query(
    `UPDATE addresses SET use = 'resting', free_at = now() + $3::float8 * interval '1 second' WHERE subnet_id = $1 AND ip = $2::inet`,
    [subnetId, ip, REST_SECONDS],
  );
}

/** Every free stretch begins behind an address that is not free; the first of all is the network's own. */
async function lowestFree(em: EntityManager, subnet: Subnet): Promise<string> {
  const rows: { ip: string }[] = await em.query(
    `SELECT host(a.ip + 1) AS ip FROM addresses a WHERE a.subnet_id = $1 AND a.use <> 'broadcast'
     AND NOT EXISTS (SELECT 1 FROM addresses b WHERE b.subnet_id = $1 AND b.ip = a.ip + 1) ORDER BY a.ip LIMIT 1`,
    [subnet.id],
  );
  const found = rows[0]?.ip;
  if (found) return found;
  const { prefix } = cidrOf(subnet.cidr);
  const addresses = 2 ** (32 - prefix) - 3;
  const message = `All ${addresses} addresses of subnet ${subnet.name} (${subnet.cidr}) are taken.`;
  throw exhausted('no_address', message, { subnetId: subnet.id, addresses });
}

function assertInside(subnet: Subnet, ip: string): void {
  if (isHostAddress(cidrOf(subnet.cidr), toNumber(ip) ?? -1)) return;
  const message = `${ip} is no address for an instance in subnet ${subnet.name} (${subnet.cidr}).`;
  throw unprocessable('address_outside_subnet', message, { ip, cidr: subnet.cidr });
}

function addressTaken(ip: string, { use, freeAt }: Address) {
  const reason = {
    gateway: 'it is the gateway’s',
    network: 'it is the network’s own',
    broadcast: 'it is the broadcast address',
    port: 'another instance has it',
    resting: `it was given back lately and is free again at ${freeAt?.toISOString()}`,
  }[use];
  return conflict('address_taken', `${ip} cannot be given: ${reason}.`, { ip, use });
}
