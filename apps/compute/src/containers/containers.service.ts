import { Injectable } from '@nestjs/common';
import {
  conflict,
  deleteContainer,
  listContainers,
  Nothing,
  updateContainer,
  type ById,
  type ByIds,
  type ContainerView,
  type ListInput,
  type Page,
  type RequestContext,
  type UpdateContainer,
} from '@nubo/contracts';
import {
  assertUnmanaged,
  filterOn,
  Intentions,
  limitToVisible,
  pageOfQuery,
  requireAccessWith,
  type Intention,
} from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { In, type EntityManager } from 'typeorm';
import { Container } from '../../../../libs/entities/src/compute';
import { describe } from '../instances/description.store';
import { transition } from '../instances/instances.rules';
import { NICS, NIC_FILTERS } from '../instances/nics.store';
import { record } from '../instances/timeline.store';
import { lockedContainer, viewOf, viewsOf } from './container-view.store';
import { toContainerView } from './containers.mapper';
import { DEADLINES, mayAsk } from './containers.rules';

const FILTER = filterOn(Container, listContainers, { memory: 'memoryMib', ...NIC_FILTERS });

@Injectable()
export class ContainersService {
  constructor(private readonly intentions: Intentions) {}

  list(ctx: RequestContext, input: ListInput): Promise<Page<ContainerView>> {
    return this.intentions.read((em) => {
      const query = limitToVisible(em.createQueryBuilder(Container, 'container'), ctx);
      return pageOfQuery(query, input, { all: (rows) => viewsOf(em, rows) }, FILTER.for(ctx));
    });
  }

  get(ctx: RequestContext, { id }: ById): Promise<ContainerView> {
    return this.intentions.read(async (em) => {
      const access = { noun: 'container', level: 'use' as const };
      return toContainerView(...(await requireAccessWith(em, ctx, [Container, id, NICS], access)));
    });
  }

  update(ctx: RequestContext, input: UpdateContainer): Promise<ContainerView> {
    const level = input.name === undefined && input.metadata === undefined ? 'use' : 'manage';
    return this.intentions.write(updateContainer, ctx, input, async (intention) => {
      const { em } = intention;
      const container = await lockedContainer(em, ctx, [input.id, level]);
      assertUnmanaged(container, 'container');
      if (container.state === 'deleting')
        throw conflict('container_deleting', 'This container is being deleted.');
      const before = JSON.stringify(container);
      await describe(intention, container, input);
      if (input.state) await ask(intention, container, input.state);
      if (JSON.stringify(container) === before) return viewOf(em, container);
      Object.assign(container, { version: container.version + 1, updatedAt: new Date() });
      return viewOf(em, await em.save(container));
    });
  }

  /** Deleting twice is the same. */
  delete(ctx: RequestContext, input: ById): Promise<ContainerView> {
    return this.intentions.write(deleteContainer, ctx, input, async ({ em }) => {
      const container = await lockedContainer(em, ctx, [input.id, 'manage']);
      assertUnmanaged(container, 'container');
      if (container.state === 'deleting') return viewOf(em, container);
      container.version += 1;
      await record(em, container.id, { event: 'delete-asked', by: ctx });
      await markDeleting(em, container);
      return viewOf(em, container);
    });
  }

  /** For another service. */
  find(_ctx: RequestContext, { ids }: ByIds): Promise<Page<ContainerView>> {
    return this.intentions.read(async (em) => ({
      items: await viewsOf(em, await em.findBy(Container, { id: In(ids) })),
    }));
  }

  /** For another service. */
  async discard(ctx: RequestContext, { id }: ById): Promise<Nothing> {
    await this.intentions.apply(ctx, async ({ em }) => {
      const query = em.createQueryBuilder(Container, 'c').where({ id }).setLock('pessimistic_write');
      const container = await query.getOne();
      if (container && container.state !== 'deleting') await markDeleting(em, container);
    });
    return new Nothing();
  }
}

async function markDeleting(em: EntityManager, container: Container): Promise<void> {
  Object.assign(container, { state: 'deleting', stateReason: null, updatedAt: new Date() });
  container.generation += 1;
  await em.save(container);
  await wake(em, 'container', container.id, { deadlineMs: DEADLINES.delete });
}

/** Changes `container`, which the caller saves. Whoever asks for it to run takes away how often it failed before. */
async function ask(
  { em, ctx }: Intention,
  container: Container,
  wanted: 'running' | 'stopped',
): Promise<void> {
  const { id, state: now } = container;
  if (!mayAsk(now, wanted))
    throw conflict('container_wrong_state', `A container that is ${now} cannot be made ${wanted}.`, {
      state: now,
    });
  const state = transition(now, container.wantedState, wanted);
  if (!state) return;
  Object.assign(container, { wantedState: wanted, state, stateReason: null, restarts: 0, restartAt: null });
  container.generation += 1;
  await record(em, id, { event: state === 'starting' ? 'start-asked' : 'stop-asked', by: ctx });
  await wake(em, 'container', id, { deadlineMs: DEADLINES[state === 'starting' ? 'start' : 'stop'] });
}
