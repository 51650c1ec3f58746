import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  createContainer,
  exhausted,
  invalidFields,
  type ContainerView,
  type CreateContainer,
  type EnsureContainer,
  type RequestContext,
} from '@nubo/contracts';
import { grant, Intentions, principalOf, type Intention } from '@nubo/persistence';
import { reserve } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { Vault } from '@nubo/vault';
import type { EntityManager } from 'typeorm';
import { Container, InstanceNic, InstanceUsage } from '../../../../libs/entities/src/compute';
import { PlacementService } from '../hosts/placement.service';
import { imageToUse, keptImage } from '../instances/image-use.store';
import { nameFor } from '../instances/instances.rules';
import { madeBefore, type Ownership } from '../instances/ownership.store';
import { nicRows } from '../instances/nics.store';
import { Ports } from '../instances/ports.driver';
import { record } from '../instances/timeline.store';
import { viewOf } from './container-view.store';
import { createErrors, DEADLINES, DEFAULT_LIMITS, SLOTS } from './containers.rules';
import { CONTAINER_VARIABLES } from './containers.store';

/** What is asked for, by whomever. */
type Wish = CreateContainer & Pick<EnsureContainer, 'hostId' | 'content'>;

/** Writes the intention of a new container. */
@Injectable()
export class ContainerCreation {
  constructor(
    private readonly intentions: Intentions,
    private readonly placement: PlacementService,
    private readonly ports: Ports,
    private readonly vault: Vault,
  ) {}

  /** Other services are asked first; what they refuse counts only where this is no repetition of an answered request. */
  async create(ctx: RequestContext, input: CreateContainer): Promise<ContainerView> {
    const errors = createErrors(input);
    if (errors.length > 0) throw invalidFields(errors);
    const [nics] = await Promise.allSettled([this.ports.check(ctx, input.nics ?? [])]);
    return this.intentions.write(createContainer, ctx, input, async (intention) => {
      if (nics.status === 'rejected') throw nics.reason;
      const { tenantId, userId } = principalOf(ctx);
      const whose = { tenantId, userId, managedBy: null, level: 'manage' as const };
      return this.insert(intention, { ...whose, id: randomUUID() }, input);
    });
  }

  /** For another service: what there is already under that id stays as it is. */
  async ensure(ctx: RequestContext, input: EnsureContainer): Promise<ContainerView> {
    const { id, tenantId, userId, managedBy } = input;
    return this.intentions.apply(ctx, async (intention) => {
      const known = await madeBefore(intention.em, Container, id);
      if (known) return viewOf(intention.em, known);
      const wish = { ...input, imageId: await keptImage(intention.em, input, 'container') };
      const errors = createErrors(wish);
      if (errors.length > 0) throw invalidFields(errors);
      return this.insert(intention, { id, tenantId, userId, managedBy, level: 'use' }, wish);
    });
  }

  private async insert({ em, ctx }: Intention, whose: Ownership, input: Wish): Promise<ContainerView> {
    const { id, tenantId, userId, managedBy, level } = whose;
    const image = await imageToUse(em, ctx, input.imageId, 'container');
    const limits = { ...DEFAULT_LIMITS, ...given(input) };
    await reserve(em, { tenantId, userId }, id, { containers: 1, memory: limits.memory });
    const place = await this.place(em, limits.memory, input);
    const { imageId, command = null, readOnly = false, restart = 'always', metadata = {} } = input;
    const env = this.vault.seal(CONTAINER_VARIABLES, id, input.env ?? {});
    const name = input.name ?? nameFor(image.name, id);
    const { content = null } = input;
    const wanted = { name, imageId, command, env, readOnly, content, restart, metadata, managedBy };
    const { memory: memoryMib, cpu, pids } = limits;
    const state = { state: 'creating' as const, wantedState: 'running' as const };
    await em.insert(Container, {
      id,
      tenantId,
      userId,
      ...wanted,
      memoryMib,
      cpu,
      pids,
      ...place.row,
      ...state,
    });
    await record(em, id, { event: 'created', by: ctx });
    await record(em, id, { event: 'placed', detail: place.text });
    await em.insert(InstanceUsage, { instanceId: id });
    await em.insert(InstanceNic, nicRows(id, input.nics));
    await grant(em, id, { userId, tenantId }, level);
    await wake(em, 'container', id, { deadlineMs: DEADLINES.create });
    return viewOf(em, await em.findOneByOrFail(Container, { id }));
  }

  /** CPUs are a ceiling only; the host gives memory. Its row is locked by now: slots are given out one by one. */
  private async place(em: EntityManager, memoryMib: number, { location, hostId }: Wish) {
    const room = { vcpus: 0, memoryMib, diskGib: 0, kind: 'container' as const };
    const host = await this.placement.place(em, { ...room, location, hostId });
    const row = { hostId: host.id, location: host.location, idSlot: await freeSlot(em, host.id) };
    return { row, text: `on ${host.name} in ${host.location}` };
  }
}

const given = ({ memory, cpu, pids }: Wish) => ({
  ...(memory !== undefined && { memory }),
  ...(cpu !== undefined && { cpu }),
  ...(pids !== undefined && { pids }),
});

async function freeSlot(em: EntityManager, hostId: string): Promise<number> {
  const sql = `SELECT slot FROM generate_series(0, $2::int - 1) AS slot
    WHERE NOT EXISTS (SELECT FROM containers WHERE host_id = $1 AND id_slot = slot) ORDER BY slot LIMIT 1`;
  const [free]: { slot: number }[] = await em.query(sql, [hostId, SLOTS]);
  if (free) return free.slot;
  throw exhausted('no_host_with_room', `There are ${SLOTS} containers on the host already.`, {
    limit: SLOTS,
  });
}
