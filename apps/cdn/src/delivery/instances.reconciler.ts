import { Injectable } from '@nestjs/common';
import { NuboError, type NetworkView } from '@nubo/contracts';
import type { Run } from '@nubo/reconcile';
import type { CdnInstance } from '../../../../libs/entities/src/cdn';
import { DistributionStore, type KnownDistribution } from '../distributions/distributions.store';
import { Surroundings, type Guest } from './surroundings.driver';

const SETTLED = 'running';

/** The network, the instances and the ways in of a distribution. */
@Injectable()
export class InstancesReconciler {
  constructor(
    private readonly store: DistributionStore,
    private readonly surroundings: Surroundings,
  ) {}

  network({ row }: KnownDistribution, run: Run): Promise<NetworkView> {
    const region = row.locations[0] ?? '';
    return run.step('ensure the network', () => this.surroundings.network(row, region));
  }

  /** Asks for all at once; what is not wanted any more goes. Throws what compute refuses for good, such as a quota. */
  async ensure(known: KnownDistribution, run: Run): Promise<void> {
    const staying = known.instances.filter(({ leaving }) => !leaving);
    const leaving = known.instances.filter((instance) => instance.leaving);
    const guests = await Promise.all(staying.map((instance) => this.guest(known, instance, run))).catch(
      async (error: unknown) => {
        // There may be no room because of those.
        if (error instanceof NuboError && error.kind === 'exhausted') await this.remove(known, leaving, run);
        throw error;
      },
    );
    known.resting = new Set(guests.filter(({ state }) => state !== SETTLED).map(({ id }) => id));
    await Promise.all(staying.map((instance) => this.wayIn(known, instance, run)));
    await this.remove(known, leaving, run);
  }

  /** Discards instances and forgets those that are gone; the others are looked at again. */
  async remove(known: KnownDistribution, instances: CdnInstance[], run: Run): Promise<CdnInstance[]> {
    if (instances.length === 0) return [];
    const { row } = known;
    await run.step('discard instances', async () => {
      for (const instance of instances) await this.surroundings.discard(row, instance);
    });
    const ids = instances.map(({ id }) => id);
    const there = await run.step('see which are still there', () => this.surroundings.there(row, ids));
    const gone = instances.filter(({ id }) => !there.has(id));
    await run.step('forget instances', async () => {
      for (const { id } of gone) await this.store.forgetInstance(id);
    });
    known.instances = known.instances.filter((instance) => !gone.includes(instance));
    return instances.filter((instance) => !gone.includes(instance));
  }

  private async guest({ row }: KnownDistribution, instance: CdnInstance, run: Run): Promise<Guest> {
    const ensure = () => this.surroundings.guest(row, instance);
    const guest = await run.step(`ensure the ${instance.role} in ${instance.location}`, ensure);
    await this.store.noteInstance(instance, { address: guest.nics[0]?.ip ?? instance.address });
    if (guest.state !== SETTLED && instance.state !== 'down')
      await this.store.noteInstance(instance, { state: 'creating', stateReason: reasonOf(guest) });
    return guest;
  }

  private async wayIn({ row }: KnownDistribution, instance: CdnInstance, run: Run): Promise<void> {
    if (!instance.mappingId || instance.url || !instance.address) return;
    const ensure = () => this.surroundings.mapping(row, instance).catch(unlessEarly);
    const mapping = await run.step(`ensure the way to the ${instance.role}`, ensure);
    if (mapping?.state !== 'active') return;
    await this.store.noteInstance(instance, { url: `http://${mapping.externalIp}:${mapping.externalPort}` });
  }
}

const reasonOf = ({ state, stateReason }: Guest): string => stateReason ?? `it is ${state}`;

/** Its port is not there yet. */
function unlessEarly(error: unknown): undefined {
  if (error instanceof NuboError && error.kind === 'not_found') return undefined;
  throw error;
}
