import { exhausted } from '@nubo/contracts';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Port } from '../../../../libs/entities/src/network';
import { hostsOfSubnet, wakeHosts } from '../host-network/host-work.store';
import { macOf } from './ports.rules';

const TRIES = 32;
const DELETE_DEADLINE_MS = 60_000;

/** The first MAC of the port's that no other has in its subnet, whose row is locked. */
export async function freeMac(em: EntityManager, subnetId: string, portId: string): Promise<string> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const mac = macOf(portId, attempt);
    if (!(await em.existsBy(Port, { subnetId, mac }))) return mac;
  }
  throw exhausted('no_mac', 'No MAC address is free in this subnet.');
}

/** It waits for its host, if it is on one. The row is locked by the caller. */
export async function markPortDeleting(em: EntityManager, { id, subnetId }: Port): Promise<void> {
  await em.update(Port, { id }, { state: 'deleting', stateReason: null, updatedAt: new Date() });
  await wake(em, 'port', id, { deadlineMs: DELETE_DEADLINE_MS });
  await wakeHosts(em, await hostsOfSubnet(em, subnetId));
}
