import { Injectable } from '@nestjs/common';
import {
  conflict,
  ensureMapping,
  findPorts,
  getRouter,
  notFound,
  type EnsureMapping,
  type MappingView,
  type Nothing,
  type RequestContext,
} from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import { Intentions } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { IsNull, Not } from 'typeorm';
import { Mapping } from '../../../../libs/entities/src/pat';
import { PatConfig } from '../pat.config';
import { toMappingView } from './mappings.mapper';
import { DEADLINE_MS, insertMapping, ROUTER_NAT, type Target } from './mappings.store';

/** Mappings that other services keep for users, under ids that are theirs. */
@Injectable()
export class ManagedMappings {
  constructor(
    private readonly intentions: Intentions,
    private readonly bus: Bus,
    private readonly config: PatConfig,
  ) {}

  async ensure(ctx: RequestContext, input: EnsureMapping): Promise<MappingView> {
    const there = await this.find(input);
    if (there) return toMappingView(there);
    const target = await this.target(ctx, input.instanceId);
    const make = () => this.make(ctx, input, target);
    // The same mapping at the same moment: the second one finds the first.
    return make().catch(async (error: unknown) => {
      const made = await this.find(input);
      if (made) return toMappingView(made);
      throw error;
    });
  }

  async discard(ctx: RequestContext, id: string): Promise<Nothing> {
    await this.intentions.apply(ctx, async ({ em }) => {
      const row = await em.findOneBy(Mapping, { id, managedBy: Not(IsNull()) });
      if (!row || row.state === 'deleting') return;
      await em.update(Mapping, { id }, { state: 'deleting', stateReason: null, updatedAt: new Date() });
      await wake(em, ROUTER_NAT, row.routerId, { deadlineMs: DEADLINE_MS });
    });
    return {};
  }

  /** Undefined when there is none yet. Throws `conflict` while an old one of its id goes, as one on a port that was replaced. */
  private async find({ id }: EnsureMapping): Promise<Mapping | null> {
    const row = await this.intentions.read((em) => em.findOneBy(Mapping, { id }));
    if (row?.state === 'deleting') throw conflict('mapping_going', `The mapping ${id} is being deleted.`);
    return row;
  }

  private make(ctx: RequestContext, input: EnsureMapping, target: Target): Promise<MappingView> {
    return this.intentions.write(ensureMapping, ctx, input, async ({ em }) =>
      toMappingView(await insertMapping(em, input, target, this.config.ports)),
    );
  }

  private async target(ctx: RequestContext, instanceId: string): Promise<Target> {
    const { items } = await this.bus.call(findPorts, ctx, { instanceId });
    const port = items.find(({ state }) => state !== 'deleting');
    if (!port) throw notFound('port', instanceId);
    return { port, router: await this.bus.call(getRouter, ctx, { id: port.vpcId }) };
  }
}
