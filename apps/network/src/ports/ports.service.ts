import { Injectable } from '@nestjs/common';
import {
  conflict,
  createPort,
  notFound,
  type ById,
  type CheckNic,
  type CreatePort,
  type FindPorts,
  type Nothing,
  type Page,
  type PortView,
  type RequestContext,
} from '@nubo/contracts';
import {
  assertUnmanaged,
  grant,
  Intentions,
  limitToVisible,
  principalOf,
  requireAccess,
} from '@nubo/persistence';
import { reserve } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { In, type EntityManager } from 'typeorm';
import { Port, Subnet } from '../../../../libs/entities/src/network';
import { freeAddress, takeAddress } from '../addresses/addresses.store';
import { subnetFor } from '../subnets/subnets.store';
import { deviceOf } from '../host-network/names.rules';
import { toPortView } from './ports.mapper';
import { freeMac } from './ports.store';

/** More ports than an instance or a caller of `find` can have. */
const MOST = 1_000;

@Injectable()
export class PortsService {
  constructor(private readonly intentions: Intentions) {}

  /** For a person, before anything is promised. */
  check(ctx: RequestContext, { subnetId, ip }: CheckNic): Promise<Nothing> {
    return this.intentions.read(async (em) => {
      const subnet = await subnetFor(em, ctx, [subnetId, 'use']);
      if (principalOf(ctx).role !== 'service') assertUnmanaged(subnet, 'subnet');
      assertOpen(subnet);
      await freeAddress(em, subnet, ip);
      return {};
    });
  }

  create(ctx: RequestContext, input: CreatePort): Promise<PortView> {
    return this.intentions.write(createPort, ctx, input, async ({ em }) => {
      const subnet = await lockedSubnet(em, input.subnetId);
      const known = await em.findOneBy(Port, { id: input.id });
      if (known) return toPortView(same(known, input), subnet);
      assertOpen(subnet);
      const port = await newPort(em, input, subnet);
      await em.insert(Port, port);
      await reserve(em, input, port.id, { addresses: 1 });
      await grant(em, port.id, input, 'manage');
      await wake(em, 'port', port.id);
      return toPortView(port, subnet);
    });
  }

  get(ctx: RequestContext, { id }: ById): Promise<PortView> {
    return this.intentions.read(async (em) => {
      const port = await requireAccess(em, ctx, [Port, id], { noun: 'port', level: 'use' });
      return toPortView(port, await em.findOneByOrFail(Subnet, { id: port.subnetId }));
    });
  }

  find(ctx: RequestContext, { instanceId, portId, level = 'use' }: FindPorts): Promise<Page<PortView>> {
    return this.intentions.read(async (em) => {
      const query = limitToVisible(em.createQueryBuilder(Port, 'port'), ctx);
      if (instanceId) query.andWhere('port.instance_id = :instanceId', { instanceId });
      if (portId) query.andWhere('port.id = :portId', { portId });
      const ports = await query.orderBy('port.id').limit(MOST).getMany();
      if (level === 'manage')
        for (const { id } of ports) await requireAccess(em, ctx, [Port, id], { noun: 'port', level });
      return { items: await withSubnets(em, ports) };
    });
  }
}

function assertOpen(subnet: Subnet): void {
  if (subnet.state === 'deleting')
    throw conflict('subnet_deleting', `Subnet ${subnet.name} is being deleted.`);
}

async function lockedSubnet(em: EntityManager, id: string): Promise<Subnet> {
  const subnet = await em.findOne(Subnet, { where: { id }, lock: { mode: 'pessimistic_write' } });
  if (!subnet) throw notFound('subnet', id);
  return subnet;
}

function same(known: Port, { id, subnetId, instanceId }: CreatePort): Port {
  if (known.subnetId === subnetId && known.instanceId === instanceId) return known;
  throw conflict('port_exists', `Port ${id} exists already, on another subnet or instance.`);
}

async function newPort(em: EntityManager, input: CreatePort, subnet: Subnet): Promise<Port> {
  return em.create(Port, {
    id: input.id,
    name: input.name,
    tenantId: input.tenantId,
    userId: input.userId,
    metadata: {},
    state: 'unbound',
    stateReason: null,
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    instanceId: input.instanceId,
    hostId: null,
    ip: await takeAddress(em, subnet, input.ip),
    mac: await freeMac(em, subnet.id, input.id),
    device: deviceOf(input.id),
  });
}

async function withSubnets(em: EntityManager, ports: Port[]): Promise<PortView[]> {
  if (ports.length === 0) return [];
  const subnets = await em.findBy(Subnet, { id: In([...new Set(ports.map((port) => port.subnetId))]) });
  const byId = new Map(subnets.map((subnet) => [subnet.id, subnet]));
  return ports.flatMap((port) => {
    const subnet = byId.get(port.subnetId);
    return subnet ? [toPortView(port, subnet)] : [];
  });
}
