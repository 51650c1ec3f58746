import { Injectable } from '@nestjs/common';
import {
  bindPort,
  conflict,
  deletePort,
  notFound,
  type BindPort,
  type ById,
  type Nothing,
  type PortView,
  type RequestContext,
} from '@nubo/contracts';
import { Fleet } from '@nubo/fleet';
import { Intentions } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Port, Subnet } from '../../../../libs/entities/src/network';
import { hostsOfSubnet, wakeHosts } from '../host-network/host-work.store';
import { toPortView } from './ports.mapper';
import { markPortDeleting } from './ports.store';

const BIND_DEADLINE_MS = 30_000;

/** Where a port is: all hosts that carry its subnet hear of a change. */
@Injectable()
export class PortBinding {
  constructor(
    private readonly intentions: Intentions,
    private readonly fleet: Fleet,
  ) {}

  async bind(ctx: RequestContext, input: BindPort): Promise<PortView> {
    if (!(await this.fleet.find(input.hostId))) throw notFound('host', input.hostId);
    return this.intentions.write(bindPort, ctx, input, async ({ em }) => {
      const port = await locked(em, input.id);
      if (!port) throw notFound('port', input.id);
      if (port.state === 'deleting') throw conflict('port_deleting', 'The port is being deleted.');
      if (port.hostId !== input.hostId) await rebind(em, port, input.hostId);
      return toPortView(port, await em.findOneByOrFail(Subnet, { id: port.subnetId }));
    });
  }

  delete(ctx: RequestContext, input: ById): Promise<Nothing> {
    return this.intentions.write(deletePort, ctx, input, async ({ em }) => {
      const port = await locked(em, input.id);
      if (!port || port.state === 'deleting') return {};
      await markPortDeleting(em, port);
      return {};
    });
  }
}

const locked = (em: EntityManager, id: string): Promise<Port | null> =>
  em.findOne(Port, { where: { id }, lock: { mode: 'pessimistic_write' } });

async function rebind(em: EntityManager, port: Port, hostId: string): Promise<void> {
  const before = port.hostId;
  Object.assign(port, {
    hostId,
    state: 'binding',
    stateReason: null,
    generation: port.generation + 1,
    updatedAt: new Date(),
  });
  const { state, stateReason, generation, updatedAt } = port;
  await em.update(Port, { id: port.id }, { hostId, state, stateReason, generation, updatedAt });
  await wake(em, 'port', port.id, { deadlineMs: BIND_DEADLINE_MS });
  await wakeHosts(em, [before, ...(await hostsOfSubnet(em, port.subnetId))]);
}
