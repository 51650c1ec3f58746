/** The reconciler of a project that runs a program dies anywhere and is run again. */
import { randomUUID } from 'node:crypto';
import { deleteProject, type Principal } from '@nubo/contracts';
import { contextOf, reconcilerKit } from '@nubo/testing';
import {
  HostContent,
  Project,
  ProjectNetwork,
  ProjectRelease,
  ProjectRevision,
  Replica,
} from '../../../../libs/entities/src/hosting';
import { ProjectsReconciler } from '../projects/projects.reconciler';
import { HostingWorld } from '../testing/hosting-world';

jest.setTimeout(120_000);

reconcilerKit('program', async () => {
  const world = await HostingWorld.open({ idle: true });
  const owners = new Map<string, Principal>();
  const rowsOf = async (projectId: string) => ({
    revisions: await world.em.findBy(ProjectRevision, { projectId }),
    replicas: await world.em.findBy(Replica, { projectId }),
    networks: await world.em.findBy(ProjectNetwork, { projectId }),
    contents: await world.em.findBy(HostContent, { projectId }),
  });
  return {
    reconciler: world.app.get(ProjectsReconciler),
    create: async () => {
      const who = await world.owner();
      const { id } = await world.create(who, { template: 'php' });
      const release = { projectId: id, number: 1, state: 'ready' as const, publishedBy: 'request' as const };
      await world.em.insert(ProjectRelease, { id: randomUUID(), ...release });
      await world.em.update(Project, { id }, { release: 1, lastRelease: 1 });
      owners.set(id, who);
      return id;
    },
    remove: async (id) => {
      await world.app.call(deleteProject, contextOf(owners.get(id) ?? null), { id });
    },
    picture: async (id) => {
      const { name, state, stateReason, served } = await world.em.findOneByOrFail(Project, { id });
      const { revisions, replicas, networks, contents } = await rowsOf(id);
      return {
        ...{ state, stateReason, served },
        revisions: revisions.map((one) => `${one.release} ${one.state}`),
        replicas: replicas.map(({ leaving }) => leaving),
        networks: networks.map(({ location }) => location),
        contents: contents.map((one) => one.state),
        containers: world.services.of(name).length,
        endpoints: (await world.endpoints(`${name}.sites.test`)).length,
      };
    },
    leftovers: async (id) => {
      const { revisions, replicas, networks, contents } = await rowsOf(id);
      const staying = contents.filter(({ state }) => state !== 'leaving');
      const rows = await world.em.findBy(Project, { id });
      const containers = [...world.services.containers.values()].filter(({ content }) =>
        content?.startsWith(id),
      );
      return [...rows, ...revisions, ...replicas, ...networks, ...staying, ...containers];
    },
    stop: () => world.stop(),
  };
});
