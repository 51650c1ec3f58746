import { exhausted } from '@nubo/contracts';
import type { EntityManager } from 'typeorm';
import { Port } from '../../../../libs/entities/src/network';
import { macOf } from './ports.rules';

const TRIES = 32;

/** The first MAC of the port's that no other has in its subnet, whose row is locked. */
export async function freeMac(em: EntityManager, subnetId: string, portId: string): Promise<string> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const mac = macOf(portId, attempt);
    if (!(await em.existsBy(Port, { subnetId, mac }))) return mac;
  }
  throw exhausted('no_mac', 'No MAC address is free in this subnet.');
}
