import { randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  addDomain,
  conflict,
  exhausted,
  notFound,
  removeDomain,
  type AddDomain,
  type ById,
  type DomainView,
  type Page,
  type RemoveDomain,
  type RequestContext,
} from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { ProjectDomain, type Project } from '../../../../libs/entities/src/hosting';
import { HostingConfig } from '../hosting.config';
import { changeable, PROJECT, projectFor } from '../projects/projects.store';
import { domainOf } from './domain-names.rules';
import { toDomainView } from './domains.mapper';
import { MOST_DOMAINS, PROOF_MS } from './domains.rules';
import { DOMAIN } from './domains.store';

const DELETE_MS = 60_000;

/** Names of people's own for their projects. */
@Injectable()
export class DomainsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly config: HostingConfig,
  ) {}

  add(ctx: RequestContext, input: AddDomain): Promise<DomainView> {
    const domain = domainOf(input.domain, this.config.ownNames);
    return this.intentions.write(addDomain, ctx, input, async ({ em }) => {
      const project = await changeable(em, ctx, input.id);
      const known = await em.findOneBy(ProjectDomain, { projectId: project.id, domain });
      const id = known ? await wantAgain(em, known) : await insert(em, project, domain);
      await wake(em, DOMAIN, id, { deadlineMs: PROOF_MS });
      return this.view(await em.findOneByOrFail(ProjectDomain, { id }), project);
    });
  }

  list(ctx: RequestContext, { id: projectId }: ById): Promise<Page<DomainView>> {
    return this.intentions.read(async (em) => {
      const project = await projectFor(em, ctx, [projectId, 'use']);
      const rows = await em.find(ProjectDomain, { where: { projectId }, order: { createdAt: 'ASC' } });
      return { items: rows.map((row) => this.view(row, project)) };
    });
  }

  /** Nobody is served under it from now on, and it may be somebody else's. */
  remove(ctx: RequestContext, input: RemoveDomain): Promise<DomainView> {
    const { id: projectId, domainId: id } = input;
    return this.intentions.write(removeDomain, ctx, input, async ({ em }) => {
      const project = await changeable(em, ctx, projectId);
      const gone = { state: 'deleting', stateReason: null, held: false } as const;
      const { affected } = await em.update(ProjectDomain, { id, projectId }, gone);
      if (affected !== 1) throw notFound('domain', id);
      await wake(em, DOMAIN, id, { deadlineMs: DELETE_MS });
      await wake(em, PROJECT, projectId);
      return this.view(await em.findOneByOrFail(ProjectDomain, { id }), project);
    });
  }

  private view(row: ProjectDomain, project: Project): DomainView {
    return toDomainView(row, this.config.hostnameOf(project), this.config.acmeUrl !== '');
  }
}

async function wantAgain(em: EntityManager, { id, domain, state }: ProjectDomain): Promise<string> {
  if (state === 'deleting') throw conflict('being_deleted', `${domain} is being deleted.`);
  const again = state === 'error' && ({ state: 'pending', stateReason: null, lostAt: null } as const);
  await em.update(ProjectDomain, { id }, { wantedAt: new Date(), ...again });
  return id;
}

async function insert(em: EntityManager, project: Project, domain: string): Promise<string> {
  const { id: projectId, name } = project;
  if ((await em.countBy(ProjectDomain, { projectId })) >= MOST_DOMAINS)
    throw exhausted('too_many_domains', `${name} has ${MOST_DOMAINS} domains already.`, {
      limit: MOST_DOMAINS,
    });
  const id = randomUUID();
  const token = randomBytes(32).toString('base64url');
  await em.insert(ProjectDomain, { id, projectId, domain, token, state: 'pending' });
  return id;
}
