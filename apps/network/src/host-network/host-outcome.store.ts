import { Injectable } from '@nestjs/common';
import { portActive, routerProgrammed, serviceContext } from '@nubo/contracts';
import { Database, Intentions, type Intention } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { In, type EntityManager } from 'typeorm';
import { Port, Subnet, Vpc } from '../../../../libs/entities/src/network';
import type { PortFact, VpcFact } from './facts';
import { isNothingNew, type HostOutcome } from './outcome.rules';

const NOW = () => 'now()';

/** Notes what has become true on a host: states, events, wake-ups of those who wait for it. */
@Injectable()
export class HostOutcomeStore {
  constructor(
    private readonly database: Database,
    private readonly intentions: Intentions,
  ) {}

  /** Before routers are made: whatever happens afterwards, it will be told that they were. */
  async expectRouters(vpcIds: string[]): Promise<void> {
    if (vpcIds.length > 0)
      await this.database.manager.update(Vpc, { id: In(vpcIds) }, { observedGeneration: 0 });
  }

  async note(outcome: HostOutcome): Promise<void> {
    if (isNothingNew(outcome)) return;
    await this.intentions.apply(serviceContext('network', outcome.hostId), async (intention) => {
      const { em } = intention;
      for (const vpc of byId(outcome.readyVpcs)) await settle(intention, vpc);
      for (const { id } of byId(outcome.freedVpcs)) await em.update(Vpc, { id, ...GOING }, { onHost: false });
      await settleSubnets(em, outcome);
      for (const { id } of byId(outcome.freedSubnets))
        await em.update(Subnet, { id, ...GOING }, { onHost: false });
      for (const port of byId(outcome.activePorts)) await activate(intention, port);
      for (const { id, hostId } of byId(outcome.freedPorts))
        await em.update(Port, { id, hostId: hostId ?? undefined, ...GOING }, { hostId: null });
      await wakeFreed(em, outcome);
    });
  }
}

const GOING = { state: 'deleting' } as const;

/** Locks are taken in one order everywhere: VPC, subnet, port, work; each by id. */
const byId = <T extends { id: string }>(rows: T[]): T[] => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** Not when it was bound anew meanwhile. */
async function activate(intention: Intention, port: PortFact): Promise<void> {
  const { id, generation, hostId, instanceId, vpcId } = port;
  const { affected } = await intention.em
    .createQueryBuilder()
    .update(Port)
    .set({ state: 'active', stateReason: null, observedGeneration: generation, updatedAt: NOW })
    .where({ id, generation, hostId, state: 'binding' })
    .execute();
  if (affected === 1) await intention.emit(portActive, { portId: id, instanceId, vpcId });
}

async function settle(intention: Intention, { id, generation, observedGeneration }: VpcFact): Promise<void> {
  const { em } = intention;
  await em.update(Vpc, { id }, { observedGeneration: generation });
  await em
    .createQueryBuilder()
    .update(Vpc)
    .set({ state: 'ready', stateReason: null, updatedAt: NOW })
    .where({ id, state: In(['creating', 'error']) })
    .execute();
  if (observedGeneration !== generation) await intention.emit(routerProgrammed, { routerId: id });
}

async function settleSubnets(em: EntityManager, { readySubnets }: HostOutcome): Promise<void> {
  if (readySubnets.length === 0) return;
  await em
    .createQueryBuilder()
    .update(Subnet)
    .set({ state: 'ready', stateReason: null, updatedAt: NOW })
    .where({ id: In(readySubnets.map(({ id }) => id)), state: In(['creating', 'error']) })
    .execute();
}

/** Those who are being deleted wait for this. */
async function wakeFreed(
  em: EntityManager,
  { freedPorts, freedSubnets, freedVpcs }: HostOutcome,
): Promise<void> {
  for (const { id } of byId(freedPorts)) await wake(em, 'port', id);
  for (const { id } of byId(freedSubnets)) await wake(em, 'subnet', id);
  for (const { id } of byId(freedVpcs)) await wake(em, 'vpc', id);
}
