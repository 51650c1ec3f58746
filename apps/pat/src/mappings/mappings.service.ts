import { Injectable } from '@nestjs/common';
import {
  conflict,
  createMapping,
  deleteMapping,
  findPorts,
  forbidden,
  getRouter,
  notFound,
  NuboError,
  updateMapping,
  listMappings,
  type ById,
  type CreateMapping,
  type ListInput,
  type MappingView,
  type Page,
  type PortView,
  type RequestContext,
  type RouterView,
  type UpdateMapping,
} from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import {
  assertUnmanaged,
  assertVersion,
  Intentions,
  filterOn,
  limitToVisible,
  pageOfQuery,
  principalOf,
  requireAccess,
  writtenByUser,
} from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Mapping } from '../../../../libs/entities/src/pat';
import { PatConfig } from '../pat.config';
import { toMappingView } from './mappings.mapper';
import { assertInRange, namedTarget, type NamedTarget } from './mappings.rules';
import { DEADLINE_MS, insertMapping, ROUTER_NAT, type Target } from './mappings.store';

const FILTER = filterOn(Mapping, listMappings, {});

@Injectable()
export class MappingsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly bus: Bus,
    private readonly config: PatConfig,
  ) {
    intentions.explain({
      mappings_external_port: () => conflict('port_taken', 'This external port of the router is taken.'),
    });
  }

  async create(ctx: RequestContext, input: CreateMapping): Promise<MappingView> {
    const named = namedTarget(input);
    assertInRange(input.externalPort, this.config.ports);
    const target = await this.target(ctx, named);
    const { tenantId, userId } = principalOf(ctx);
    const wanted = { ...input, tenantId: tenantId ?? target.port.tenantId, userId };
    return this.intentions.write(createMapping, ctx, input, async ({ em }) =>
      toMappingView(await insertMapping(em, wanted, target, this.config.ports)),
    );
  }

  list(ctx: RequestContext, input: ListInput): Promise<Page<MappingView>> {
    return this.intentions.read((em) =>
      pageOfQuery(
        limitToVisible(em.createQueryBuilder(Mapping, 'm'), ctx),
        input,
        toMappingView,
        FILTER.for(ctx),
      ),
    );
  }

  get(ctx: RequestContext, id: string): Promise<MappingView> {
    return this.intentions.read(async (em) => toMappingView(await this.require(em, ctx, id, 'use')));
  }

  update(ctx: RequestContext, input: UpdateMapping): Promise<MappingView> {
    return this.intentions.write(updateMapping, ctx, input, async ({ em }) => {
      const row = await this.require(em, ctx, input.id, 'manage');
      assertUnmanaged(row, 'mapping');
      assertVersion(ctx, row);
      if (row.state === 'deleting') throw conflict('being_deleted', 'This mapping is being deleted.');
      const { targetPort = row.targetPort } = input;
      const moved = targetPort !== row.targetPort;
      row.targetPort = targetPort;
      writtenByUser(row, input);
      if (moved) Object.assign(row, { state: 'creating', stateReason: null, generation: row.generation + 1 });
      await em.save(row);
      if (moved) await wake(em, ROUTER_NAT, row.routerId, { deadlineMs: DEADLINE_MS });
      return toMappingView(row);
    });
  }

  delete(ctx: RequestContext, input: ById): Promise<MappingView> {
    return this.intentions.write(deleteMapping, ctx, input, async ({ em }) => {
      const row = await this.require(em, ctx, input.id, 'manage');
      assertUnmanaged(row, 'mapping');
      assertVersion(ctx, row);
      Object.assign(row, { state: 'deleting', stateReason: null, updatedAt: new Date() });
      await em.save(row);
      await wake(em, ROUTER_NAT, row.routerId, { deadlineMs: DEADLINE_MS });
      return toMappingView(row);
    });
  }

  private require(
    em: EntityManager,
    ctx: RequestContext,
    id: string,
    level: 'use' | 'manage',
  ): Promise<Mapping> {
    return requireAccess(em, ctx, [Mapping, id], { noun: 'mapping', level, lock: level === 'manage' });
  }

  /** A NIC on a subnet that others share does not open their router. */
  private async router(ctx: RequestContext, { vpcId }: PortView): Promise<RouterView> {
    try {
      return await this.bus.call(getRouter, ctx, { id: vpcId });
    } catch (error) {
      if (!(error instanceof NuboError) || error.kind !== 'not_found') throw error;
      const message = `It is on a subnet of another’s VPC ${vpcId}: its router is open to those with whom the VPC is shared.`;
      throw forbidden('router_not_yours', message);
    }
  }

  /** The NIC that the person may change, and the router before it. */
  private async target(ctx: RequestContext, { noun, id }: NamedTarget): Promise<Target> {
    const which = noun === 'port' ? { portId: id } : { instanceId: id };
    const { items } = await this.bus.call(findPorts, ctx, { ...which, level: 'manage' });
    const port = items.find((item) => item.state !== 'deleting');
    if (!port) throw notFound(noun, id);
    return { port, router: await this.router(ctx, port) };
  }
}
