/** The reconciler of domains dies anywhere and is run again. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { addDomain, removeDomain, type DomainView, type Principal } from '@nubo/contracts';
import { contextOf, reconcilerKit } from '@nubo/testing';
import { ProjectDomain } from '../../../../libs/entities/src/hosting';
import { HostingWorld } from '../testing/hosting-world';
import { DomainsReconciler } from './domains.reconciler';

jest.setTimeout(60_000);

let count = 0;

reconcilerKit('domain', async () => {
  const world = await HostingWorld.open({ idle: true });
  const made = new Map<string, { who: Principal; view: DomainView }>();
  const link = ({ domain }: DomainView) =>
    lstatSync(join(world.folder, 'sites', 'hosts', domain), { throwIfNoEntry: false });
  return {
    reconciler: world.app.get(DomainsReconciler),
    create: async () => {
      const who = await world.owner();
      const { id } = await world.create(who);
      const domain = `site${(count += 1)}.example`;
      const view = await world.app.call(addDomain, contextOf(who), { id, domain });
      world.proofs.put(view);
      made.set(view.id, { who, view });
      return view.id;
    },
    remove: async (id) => {
      const { who, view } = made.get(id) as { who: Principal; view: DomainView };
      await world.app.call(removeDomain, contextOf(who), { id: view.projectId, domainId: id });
    },
    picture: async (id) => {
      const { state, held, stateReason, domain } = await world.em.findOneByOrFail(ProjectDomain, { id });
      const view = { domain } as DomainView;
      return { state, held, stateReason, link: link(view)?.isSymbolicLink() };
    },
    leftovers: async (id) => [
      ...(await world.em.findBy(ProjectDomain, { id })),
      ...[link((made.get(id) as { view: DomainView }).view) ?? []].flat(),
    ],
    stop: () => world.stop(),
  };
});
