/** What Nubo's own runner has made, or is about to: rows come before what they stand for. */
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { serviceContext, type RequestContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { In, Not } from 'typeorm';
import { HostContent, ProjectNetwork, Replica } from '../../../../../libs/entities/src/hosting';
import { PROJECT } from '../../projects/projects.store';

export const HOST_CONTENT = 'host-content';
const OLDEST_FIRST = { number: 'ASC', id: 'ASC' } as const;

@Injectable()
export class ReplicaStore {
  constructor(private readonly intentions: Intentions) {}

  network(projectId: string): Promise<ProjectNetwork | null> {
    return this.intentions.read((em) => em.findOneBy(ProjectNetwork, { projectId }));
  }

  /** The network of the project, which is given its ids and its place at the first time. */
  async placed(projectId: string, location: string): Promise<ProjectNetwork> {
    return this.intentions.apply(context(projectId), async ({ em }) => {
      const row = { projectId, location, vpcId: randomUUID(), subnetId: randomUUID() };
      await em.createQueryBuilder().insert().into(ProjectNetwork).values(row).orIgnore().execute();
      return em.findOneByOrFail(ProjectNetwork, { projectId });
    });
  }

  of(where: { projectId: string } | { revisionId: string }): Promise<Replica[]> {
    return this.intentions.read((em) => em.find(Replica, { where, order: OLDEST_FIRST }));
  }

  /** Rows for `count` replicas that stay; the newest of those that are too many leave. */
  async scale(revision: { projectId: string; revisionId: string }, count: number): Promise<Replica[]> {
    const { revisionId } = revision;
    return this.intentions.apply(context(revisionId), async ({ em }) => {
      const all = await em.find(Replica, { where: { revisionId }, order: OLDEST_FIRST });
      const staying = all.filter(({ leaving }) => !leaving);
      const extra = staying.slice(count).map(({ id }) => id);
      if (extra.length > 0) await em.update(Replica, { id: In(extra) }, { leaving: true });
      const last = all.at(-1)?.number ?? 0;
      for (let n = staying.length; n < count; n += 1) {
        const number = last + 1 + n - staying.length;
        await em.insert(Replica, { id: randomUUID(), mappingId: randomUUID(), ...revision, number });
      }
      return em.find(Replica, { where: { revisionId }, order: OLDEST_FIRST });
    });
  }

  async leave(ids: string[]): Promise<void> {
    await this.intentions.read((em) => em.update(Replica, { id: In(ids) }, { leaving: true }));
  }

  async forget(ids: string[]): Promise<void> {
    await this.intentions.read((em) => em.delete(Replica, { id: In(ids) }));
  }

  async forgetNetwork(projectId: string): Promise<void> {
    await this.intentions.read((em) => em.delete(ProjectNetwork, { projectId }));
  }

  contents(where: { projectId: string } | { id: string }): Promise<HostContent[]> {
    return this.intentions.read((em) => em.find(HostContent, { where, order: { id: 'ASC' } }));
  }

  /** The row of a revision's files on a host, from before the first of them is there. */
  async content(wish: Omit<HostContent, 'id' | 'state'>): Promise<HostContent> {
    const { hostId, revisionId } = wish;
    return this.intentions.apply(context(revisionId), async ({ em }) => {
      const row = { id: randomUUID(), state: 'placing' as const, ...wish };
      await em.createQueryBuilder().insert().into(HostContent).values(row).orIgnore().execute();
      return em.findOneByOrFail(HostContent, { hostId, revisionId });
    });
  }

  async contentPlaced({ id }: HostContent): Promise<void> {
    await this.intentions.read((em) => em.update(HostContent, { id, state: 'placing' }, { state: 'placed' }));
  }

  /** They are removed from their hosts, however long those take to answer. */
  async contentsLeave(where: { projectId: string } | { revisionId: string }): Promise<void> {
    await this.intentions.apply(context(HOST_CONTENT), async ({ em }) => {
      const rows = await em.find(HostContent, { where: { ...where, state: Not('leaving') } });
      for (const { id } of rows.sort((a, b) => (a.id < b.id ? -1 : 1))) {
        await em.update(HostContent, { id }, { state: 'leaving' });
        await wake(em, HOST_CONTENT, id);
      }
    });
  }

  async forgetContent(id: string): Promise<void> {
    await this.intentions.read((em) => em.delete(HostContent, { id }));
  }

  /** Its project is looked at now. */
  async wakeProjectOf(containerId: string): Promise<void> {
    await this.intentions.apply(context(containerId), async ({ em }) => {
      const replica = await em.findOneBy(Replica, { id: containerId });
      if (replica) await wake(em, PROJECT, replica.projectId);
    });
  }
}

const context = (id: string): RequestContext => serviceContext('hosting', id);
