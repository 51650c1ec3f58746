/** The reconciler of projects dies anywhere and is run again. */
import { existsSync } from 'node:fs';
import { deleteProject, type Principal } from '@nubo/contracts';
import { contextOf, reconcilerKit } from '@nubo/testing';
import { Project, ProjectName } from '../../../../libs/entities/src/hosting';
import { HostingWorld } from '../testing/hosting-world';
import { ProjectFolders } from './project-folders.driver';
import { ProjectsReconciler } from './projects.reconciler';

jest.setTimeout(60_000);

reconcilerKit('project', async () => {
  const world = await HostingWorld.open({ idle: true });
  const folders = world.app.get(ProjectFolders);
  const owners = new Map<string, Principal>();
  return {
    reconciler: world.app.get(ProjectsReconciler),
    create: async () => {
      const who = await world.owner();
      const { id } = await world.create(who);
      owners.set(id, who);
      return id;
    },
    remove: async (id) => {
      await world.app.call(deleteProject, contextOf(owners.get(id) ?? null), { id });
    },
    picture: async (id) => {
      const { state, stateReason, generation, observedGeneration } = await world.em.findOneByOrFail(Project, {
        id,
      });
      return { state, stateReason, generation, observedGeneration, tree: existsSync(folders.tree(id)) };
    },
    leftovers: async (id) => [
      ...(await world.em.findBy(Project, { id })),
      ...(await world.em.findBy(ProjectName, { projectId: id })),
      ...[folders.tree(id), folders.site(id)].filter(existsSync),
    ],
    stop: () => world.stop(),
  };
});
