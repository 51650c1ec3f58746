import type { ContainerView, RequestContext } from '@nubo/contracts';
import { assertVersion, requireAccess, type GrantLevel } from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { Container } from '../../../../libs/entities/src/compute';
import { nicsOf } from '../instances/nics.store';
import { toContainerView } from './containers.mapper';

/** Containers with their NICs, as people see them. */
export async function viewsOf(em: EntityManager, containers: Container[]): Promise<ContainerView[]> {
  const nics = await nicsOf(
    em,
    containers.map(({ id }) => id),
  );
  return containers.map((container) => toContainerView(container, nics.get(container.id) ?? []));
}

export async function viewOf(em: EntityManager, container: Container): Promise<ContainerView> {
  const nics = await nicsOf(em, [container.id]);
  return toContainerView(container, nics.get(container.id) ?? []);
}

/** The container if the caller has `level` on it, at the version that the caller knows, locked. */
export async function lockedContainer(
  em: EntityManager,
  ctx: RequestContext,
  [id, level]: [id: string, level: GrantLevel],
): Promise<Container> {
  const access = { noun: 'container', level, lock: true };
  const container = await requireAccess(em, ctx, [Container, id], access);
  assertVersion(ctx, container);
  return container;
}
