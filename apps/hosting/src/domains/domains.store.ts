/** The rows of domains as the platform itself changes them, and the links of web servers, which follow them. */
import { Injectable } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { Not, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { Project, ProjectDomain } from '../../../../libs/entities/src/hosting';
import { CertificateFiles } from '../certificates/certificate-files.driver';
import { CERTIFICATE } from '../certificates/certificates.store';
import { HostingConfig } from '../hosting.config';
import { PROJECT } from '../projects/projects.store';
import { Sites } from '../sites/sites.driver';
import { lockDomain } from './domain-lock.store';
import { isHeldBy, ProofPace, standingOf, type Found } from './domains.rules';

export const DOMAIN = 'domain';

@Injectable()
export class DomainStore {
  constructor(
    private readonly intentions: Intentions,
    private readonly config: HostingConfig,
    private readonly sites: Sites,
    private readonly certificates: CertificateFiles,
    private readonly pace: ProofPace,
  ) {}

  load(id: string): Promise<ProjectDomain | null> {
    return this.intentions.read((em) => em.findOneBy(ProjectDomain, { id }));
  }

  /** What was found decides who holds the domain. The row as it is then; null when it goes. */
  note({ id, domain }: ProjectDomain, found: Found): Promise<ProjectDomain | null> {
    return this.alone(domain, async (em) => {
      // Locked: people take a domain away without asking who decides about it.
      const row = await locked(em, { id });
      if (!row || row.state === 'deleting' || row.state === 'error') return null;
      const holder = await locked(em, { domain, held: true, id: Not(id) });
      const isOthers = isHeldBy(holder ?? undefined, found);
      const now = new Date();
      const standing = standingOf(row, found, { now, isOthers, restMs: this.pace.restMs });
      const isTaken = standing.held === true && holder !== null;
      if (isTaken) await loses(em, holder, now);
      await em.update(ProjectDomain, { id }, standing);
      const isOtherwise = standing.held !== undefined && standing.held !== row.held;
      await wakeProjects(em, [...(isTaken ? [holder] : []), ...(isOtherwise ? [row] : [])]);
      if (standing.held === false) await wakeOthers(em, row);
      if (standing.state === 'active') await wake(em, CERTIFICATE, id);
      return em.findOneBy(ProjectDomain, { id });
    });
  }

  /** Visitors get the project of who holds the domain, and nobody's when nobody does. */
  lead(domain: string): Promise<void> {
    return this.alone(domain, (em) => this.turn(em, domain));
  }

  /** It has taken too long: nobody looks for the record until somebody asks again. */
  async giveUp(id: string, reason: string): Promise<void> {
    const stateReason = `Its record was not found in time. Add the domain again to have it looked for. ${reason}`;
    await this.intentions.read((em) =>
      em.update(ProjectDomain, { id, state: 'pending' }, { state: 'error', stateReason }),
    );
  }

  /** The row goes, and so does what was served. Safe to repeat. */
  end({ id, domain }: ProjectDomain): Promise<void> {
    return this.alone(domain, async (em) => {
      const row = await em.findOneBy(ProjectDomain, { id });
      if (!row) return;
      await em.delete(ProjectDomain, { id });
      await this.turn(em, domain);
      await wakeOthers(em, row);
    });
  }

  async endAllOf(projectId: string): Promise<void> {
    const rows = await this.intentions.read((em) => em.findBy(ProjectDomain, { projectId }));
    for (const row of rows) await this.end(row);
  }

  /** The link is turned under the lock: who comes second sees who holds the domain then. */
  private async turn(em: EntityManager, domain: string): Promise<void> {
    const holder = await em.findOneBy(ProjectDomain, { domain, held: true });
    const project = holder && (await em.findOneBy(Project, { id: holder.projectId }));
    if (project) return this.sites.alias(domain, this.config.hostnameOf(project));
    await this.sites.serveNoMore(domain);
    await this.certificates.remove(domain);
  }

  /** One at a time decides about a domain. */
  private alone<T>(domain: string, work: (em: EntityManager) => Promise<T>): Promise<T> {
    return this.intentions.apply(serviceContext('hosting', 'domains'), async ({ em }) => {
      await lockDomain(em, domain);
      return work(em);
    });
  }
}

const locked = (em: EntityManager, where: FindOptionsWhere<ProjectDomain>): Promise<ProjectDomain | null> =>
  em.findOne(ProjectDomain, { where, lock: { mode: 'pessimistic_write' } });

/** Somebody else has shown that the domain is theirs, and the record of this one is gone. */
async function loses(em: EntityManager, { id, domain }: ProjectDomain, now: Date): Promise<void> {
  const stateReason = `Its record is gone, and another project has proven ${domain} at ${now.toISOString()}: it is served no more.`;
  await em.update(ProjectDomain, { id }, { state: 'error', stateReason, held: false, lostAt: now });
}

/** Whose programs are asked for under other names from now on; in one order, so that nobody waits for each other. */
async function wakeProjects(em: EntityManager, rows: ProjectDomain[]): Promise<void> {
  for (const id of rows.map(({ projectId }) => projectId).sort()) await wake(em, PROJECT, id);
}

/** Those that want the same domain may have it now. */
async function wakeOthers(em: EntityManager, { id, domain }: ProjectDomain): Promise<void> {
  const others = await em.findBy(ProjectDomain, { domain, state: 'pending', id: Not(id) });
  for (const other of others) await wake(em, DOMAIN, other.id);
}
