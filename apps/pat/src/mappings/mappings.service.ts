import { randomUUID } from 'node:crypto';
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
  type Protocol,
  type RequestContext,
  type RouterView,
  type UpdateMapping,
} from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import {
  assertVersion,
  grant,
  Intentions,
  filterOn,
  limitToVisible,
  pageOfQuery,
  principalOf,
  requireAccess,
  type Intention,
  writtenByUser,
} from '@nubo/persistence';
import { reserve } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Mapping } from '../../../../libs/entities/src/pat';
import { PatConfig } from '../pat.config';
import { toMappingView } from './mappings.mapper';
import { assertInRange, assertOneTarget, defaultName, lowestFreePort } from './mappings.rules';

/** How long a mapping may take to stand. */
const DEADLINE_MS = 60_000;
export const ROUTER_NAT = 'router-nat';

const FILTER = filterOn(Mapping, listMappings, {});

interface Target {
  port: PortView;
  router: RouterView;
}

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
    assertOneTarget(input);
    assertInRange(input.externalPort, this.config.ports);
    const target = await this.target(ctx, input);
    return this.intentions.write(createMapping, ctx, input, (intention) =>
      this.insert(intention, input, target),
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
      const message = `The VM is on a subnet of another’s VPC ${vpcId}: its router is open to those with whom the VPC is shared.`;
      throw forbidden('router_not_yours', message);
    }
  }

  /** The NIC that the person may change, and the router before it. */
  private async target(ctx: RequestContext, { portId, vmId }: CreateMapping): Promise<Target> {
    const which = portId ? { portId } : { instanceId: vmId };
    const { items } = await this.bus.call(findPorts, ctx, { ...which, level: 'manage' });
    const port = items.find((item) => item.state !== 'deleting');
    if (!port) throw portId ? notFound('port', portId) : notFound('VM', vmId ?? '');
    return { port, router: await this.router(ctx, port) };
  }

  private async insert(
    { em, ctx }: Intention,
    input: CreateMapping,
    { port, router }: Target,
  ): Promise<MappingView> {
    const { tenantId, userId } = principalOf(ctx);
    const protocol: Protocol = input.protocol ?? 'tcp';
    const externalPort = input.externalPort ?? (await this.freePort(em, router.id, protocol));
    const id = randomUUID();
    const row = em.create(Mapping, {
      id,
      name: input.name ?? defaultName(protocol, externalPort),
      tenantId: tenantId ?? port.tenantId,
      userId,
      metadata: input.metadata ?? {},
      state: 'creating',
      routerId: router.id,
      hostId: router.hostId,
      externalIp: router.externalIp,
      protocol,
      externalPort,
      portId: port.id,
      instanceId: port.instanceId,
      targetIp: port.ip,
      targetPort: input.targetPort,
    });
    await em.insert(Mapping, row);
    await reserve(em, { tenantId: row.tenantId, userId }, id, { mappings: 1 });
    await grant(em, id, { userId, tenantId }, 'manage');
    await wake(em, ROUTER_NAT, router.id, { deadlineMs: DEADLINE_MS });
    return toMappingView(await em.findOneByOrFail(Mapping, { id }));
  }

  /** The router's ports are given out one transaction at a time. */
  private async freePort(em: EntityManager, routerId: string, protocol: Protocol): Promise<number> {
    await em.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`router-nat:${routerId}`]);
    const taken = await em.find(Mapping, { where: { routerId, protocol }, select: { externalPort: true } });
    return lowestFreePort(
      taken.map((row) => row.externalPort),
      this.config.ports,
    );
  }
}
