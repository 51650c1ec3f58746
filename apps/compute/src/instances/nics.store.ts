/** The rows of the NICs of VMs and containers. */
import { randomUUID } from 'node:crypto';
import type { PortView, VmNic } from '@nubo/contracts';
import { rowsOf, type Below } from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { InstanceNic } from '../../../../libs/entities/src/compute';

/** What the network service says of a NIC. */
export type SeenNic = Pick<PortView, 'ip' | 'mac' | 'subnetId'>;

/** Below an instance. */
export const NICS: Below<InstanceNic> = { entity: InstanceNic, of: 'instanceId', order: 'position' };

/** The NICs of instances, in order, by instance. */
export async function nicsOf(em: EntityManager, instanceIds: string[]): Promise<Map<string, InstanceNic[]>> {
  const rows = await rowsOf(em, InstanceNic, 'instance_id = ANY($1) ORDER BY position', [instanceIds]);
  const byInstance = new Map<string, InstanceNic[]>();
  for (const row of rows) byInstance.set(row.instanceId, [...(byInstance.get(row.instanceId) ?? []), row]);
  return byInstance;
}

/** Where no network is named: one NIC without a subnet, which is the user's default network. */
export const nicRows = (instanceId: string, nics?: VmNic[]) =>
  (nics ?? [{ subnetId: null, ip: null }]).map(({ subnetId, ip }, position) => ({
    instanceId,
    position,
    portId: randomUUID(),
    subnetId,
    wantedIp: ip ?? null,
    ip: null,
    mac: null,
  }));

/** Only once its port is there does a NIC name the default network: that one cannot be deleted any more. */
export async function noteNic(
  em: EntityManager,
  nic: InstanceNic,
  { ip, mac, subnetId }: SeenNic,
): Promise<void> {
  if (nic.ip === ip && nic.mac === mac && nic.subnetId === subnetId) return;
  await em.update(InstanceNic, { portId: nic.portId }, { ip, mac, subnetId });
}

/** One value of every NIC of `instance`, an alias, as text[]. */
const each = (value: string, instance: string): string =>
  `ARRAY(SELECT ${value} FROM instance_nics nic WHERE nic.instance_id = ${instance}.id )`;

/** The fields by which lists are filtered. */
export const NIC_FILTERS = {
  'nics.portId': (instance: string) => each('CAST(nic.port_id AS text)', instance),
  'nics.subnetId': (instance: string) => each('CAST(nic.subnet_id AS text)', instance),
  'nics.ip': (instance: string) => each('COALESCE(nic.ip, nic.wanted_ip)', instance),
};
